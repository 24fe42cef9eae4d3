/** The names that the training artifacts of ONNX Runtime go by, for whoever writes or reads a training graph. */

const BUFFER = '.accumulation.buffer'
const FLAG = '.accumulation.out'

/** The input that starts the accumulation of gradients anew, bool[1]. */
export const LAZY_RESET = 'lazy_reset_grad'

export const gradientOf = (parameter: string): string => `${parameter}_grad`

/** The input that the gradient of a parameter is added to. */
export const bufferOf = (parameter: string): string => gradientOf(parameter) + BUFFER

/** The output that says that the gradient of a parameter has been added, bool[1]. */
export const flagOf = (parameter: string): string => gradientOf(parameter) + FLAG

/** Whose gradient is added to an input; undefined for an input that is no buffer. */
export const parameterOfBuffer = (input: string): string | undefined => before(bufferOf(''), input)

/** The gradient that is added to an input; undefined for an input that is no buffer. */
export const gradientOfBuffer = (input: string): string | undefined => before(BUFFER, input)

/** The gradient that an output speaks of; undefined for an output that is no flag. */
export const gradientOfFlag = (output: string): string | undefined => before(FLAG, output)

const before = (end: string, name: string): string | undefined =>
  name.endsWith(end) ? name.slice(0, -end.length) : undefined

/** The names of inputs and outputs in the training artifacts of ONNX Runtime. */

const BUFFER = '.accumulation.buffer'
const FLAG = '.accumulation.out'

/** The input, bool[1], that resets the accumulation of gradients. */
export const LAZY_RESET = 'lazy_reset_grad'

/** Returns the name of the gradient of a value. */
export const gradientOf = (value: string): string => `${value}_grad`

/** Returns the input that the gradient of a parameter is added to. */
export const bufferOf = (parameter: string): string => gradientOf(parameter) + BUFFER

/** Returns the output, bool[1], that says that the gradient of a parameter has been added. */
export const flagOf = (parameter: string): string => gradientOf(parameter) + FLAG

/** Returns the parameter whose gradient is added to an input; undefined for an input that is not a buffer. */
export const parameterOfBuffer = (input: string): string | undefined => before(bufferOf(''), input)

/** Returns the gradient that is added to an input; undefined for an input that is not a buffer. */
export const gradientOfBuffer = (input: string): string | undefined => before(BUFFER, input)

/** Returns the gradient that an output belongs to; undefined for an output that is not a flag. */
export const gradientOfFlag = (output: string): string | undefined => before(FLAG, output)

const before = (end: string, name: string): string | undefined =>
  name.endsWith(end) ? name.slice(0, -end.length) : undefined

/** The attribute of a Dropout that names the input of a training graph by which it multiplies: its mask. */
export const MASK = 'mask'

/**
 * The attribute of a Dropout whose mask has one value for each example, [N, 1, 1, 1]: the number of rows of its data that
 * are one example's.
 */
export const MASK_OF_ROWS = 'mask_of_rows'

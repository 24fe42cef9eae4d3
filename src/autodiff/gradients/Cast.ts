import { gradientRule } from '../support/rule.js'

/** The numbers that ONNX gives the floating-point element types. */
const FLOATS: Readonly<Record<string, number>> = { float32: 1, float16: 10, float64: 11, bfloat16: 16 }

/** The gradient of Cast: dY in the element type of X. */
export const Cast = gradientRule({
  operator: 'Cast',
  inputs: ['input'],
  gradient: (c) => ({
    input: () => {
      const to = FLOATS[c.g.graph.info(c.node.inputs[0]!)?.type ?? 'float32']
      return to === undefined ? undefined : c.g.op('Cast', [c.dy], { to })
    },
  }),
})

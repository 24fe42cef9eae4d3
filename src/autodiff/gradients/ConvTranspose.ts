import { type Attribute, intsAttribute, MS, stringAttribute } from '../../onnx/graph/graph.js'
import { reduceSum } from '../support/broadcast.js'
import { emit } from '../support/emit.js'
import { type GradientContext, gradientRule } from '../support/rule.js'
import { unsupported } from '../support/unsupported.js'

/**
 * The gradient of a transposed convolution, which is the gradient of a convolution by its input: dX is the convolution
 * of dY, dW the weight gradient of that convolution, where X takes the place of its dY.
 */
export const ConvTranspose = gradientRule({
  operator: 'ConvTranspose',
  inputs: ['X', 'W', 'B'],
  gradient: (c) => {
    const [x, w] = c.node.inputs as [string, string]
    return {
      X: () => emit(c, 'Conv', [c.dy, w], convAttributes(c))[0],
      W: () => {
        const outputs = ['', c.g.fresh('ConvGrad')]
        return emit(c, 'ConvGrad', [x, c.dy, w], convAttributes(c), { domain: MS, outputs })[1]
      },
      B: () => {
        const axes = c.shape(x).flatMap((_, axis) => (axis === 1 ? [] : [axis]))
        return reduceSum(c, c.dy, axes, false)
      },
    }
  },
})

/** Returns the attributes of the convolution of dY. */
function convAttributes(c: GradientContext): Record<string, Attribute> {
  const { auto_pad, output_padding, output_shape, ...attributes } = c.node.attributes
  const mode = stringAttribute(c.node, 'auto_pad', 'NOTSET')
  if (!['NOTSET', 'VALID'].includes(mode)) throw unsupported(c, `auto_pad ${mode}`)
  if (output_shape) throw unsupported(c, 'output_shape')
  const [extra, strides] = ['output_padding', 'strides'].map((name) => intsAttribute(c.node, name))
  // The convolution would have a row more than X.
  const isLong = (extra ?? []).some((padding, axis) => padding >= (strides?.[axis] ?? 1))
  if (isLong) throw unsupported(c, `output_padding ${extra}`)
  const kernel = c.staticShape(c.node.inputs[1]!, 2)
  const kernel_shape: Attribute = { type: 'ints', value: kernel }
  const none: Attribute = { type: 'ints', value: Array<number>(2 * kernel.length).fill(0) }
  return { ...attributes, kernel_shape, pads: mode === 'VALID' ? none : (attributes.pads ?? none) }
}

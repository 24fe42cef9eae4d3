import { intsAttribute } from '../../onnx/graph/graph.js'
import { float32, sizeOf } from '../../onnx/graph/tensor.js'
import { constantOf } from '../support/constants.js'
import { gradientRule } from '../support/rule.js'
import { unsupported } from '../support/unsupported.js'

/**
 * The gradient of windows that are added up to an image: the windows of dY. Each of their elements is a channel of a
 * convolution with filters of a single 1.
 */
export const Col2Im = gradientRule({
  operator: 'Col2Im',
  inputs: ['input', 'image_shape', 'block_shape'],
  gradient: (c) => ({
    input: () => {
      const kernel = constantOf(c, c.node.inputs[2])
      if (!kernel) throw unsupported(c, 'windows whose size is computed')
      const [channels] = c.staticShape(c.node.outputs[0]!, 1) as [number]
      const size = sizeOf(kernel)
      const filters = new Float32Array(channels * size * size)
      for (let i = 0; i < channels * size; i++) filters[i * size + (i % size)] = 1
      const weight = c.g.constant(float32(filters, [channels * size, 1, ...kernel]))
      const [dilations, pads, strides] = ['dilations', 'pads', 'strides'].map((name) => intsAttribute(c.node, name))
      const windows = c.g.op('Conv', [c.dy, weight], {
        kernel_shape: kernel,
        group: channels,
        dilations,
        pads,
        strides,
      })
      return c.g.op('Reshape', [windows, c.g.ints(0, channels * size, -1)])
    },
  }),
})

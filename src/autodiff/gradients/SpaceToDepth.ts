import { intAttribute } from '../../onnx/graph/graph.js'
import { moveBlocks } from '../support/blocks.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of SpaceToDepth: the channels of dY go back into blocks. */
export const SpaceToDepth = gradientRule({
  operator: 'SpaceToDepth',
  inputs: ['input'],
  gradient: (c) => ({
    input: () => {
      const block = intAttribute(c.node, 'blocksize', 1)
      const [channels, height, width] = c.staticShape(c.node.outputs[0]!, 1) as [number, number, number]
      const split = [0, block, block, channels / block ** 2, height, width]
      return moveBlocks(c, split, [0, 3, 4, 1, 5, 2])
    },
  }),
})

import { intAttribute, stringAttribute } from '../../onnx/graph/graph.js'
import { moveBlocks } from '../support/blocks.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of DepthToSpace: the blocks of dY go back into the channels. */
export const DepthToSpace = gradientRule({
  operator: 'DepthToSpace',
  inputs: ['input'],
  gradient: (c) => ({
    input: () => {
      const [block, mode] = [intAttribute(c.node, 'blocksize', 1), stringAttribute(c.node, 'mode', 'DCR')]
      const [channels, height, width] = c.staticShape(c.node.outputs[0]!, 1) as [number, number, number]
      const split = [0, channels, height / block, block, width / block, block]
      // [N, C, H, b, W, b] to the channels of X: b, b, C, or C, b, b.
      return moveBlocks(c, split, mode === 'DCR' ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4])
    },
  }),
})

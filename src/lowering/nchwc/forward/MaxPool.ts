import type { Name } from '../layout/dims.js'
import type { BlockedRule } from '../writer/rule.js'

/**
 * The blocked form of a 3x3 max pool of stride 2 over phases: first along the rows of a window, in even and odd rows,
 * then over the rows.
 */
export const MaxPool: BlockedRule = {
  operator: 'MaxPool',
  write(node, c) {
    const [topLeft, topRight, bottomLeft, bottomRight] = c.values.parts(node.inputs[0]!) as [Name, Name, Name, Name]
    // A window's first and last row or column are odd, its middle one even.
    const pair = (even: Name, odd: Name, kernel: readonly [number, number]) => {
      const pads = [kernel[0] - 1, kernel[1] - 1, 0, 0]
      return c.g.op('Max', [even, c.ops.nchwc('MaxPool', [odd], { kernel_shape: [...kernel], pads })])
    }
    const rows = [pair(topLeft, topRight, [1, 2]), pair(bottomLeft, bottomRight, [1, 2])] as const
    c.kept.rowMaxima.set(node, rows)
    c.values.set(node.outputs[0]!, { kind: 'tensors', parts: [pair(...rows, [2, 1])] })
  },
}

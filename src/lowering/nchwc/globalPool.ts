import type { BlockedRule } from './rule.js'

/** A single pixel is the same in both layouts, so the result is plain. */
export const globalAveragePool: BlockedRule = {
  operator: ':GlobalAveragePool',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    if (!c.isBlocked(x)) return false
    const [n, channels] = c.dims4(x)
    const pooled = c.nchwc('GlobalAveragePool', [c.blocked(x)])
    c.g.op('Reshape', [pooled, c.g.ints(n, channels, 1, 1)], {}, { outputs: [y] })
    return true
  },
}

/** One pixel spread over a picture, as in the gradient of a global pool. */
export const expand: BlockedRule = {
  operator: ':Expand',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    const [from, to] = [c.dims(x), c.dims(y)]
    const goesOn = c.consumers(y).some((reader) => reader.inputs.some((input) => input !== y && c.isBlocked(input)))
    const spread = from.length === 4 && to.length === 4 && from[2] === 1 && from[3] === 1 && from[1] === to[1]
    if (!goesOn || !spread || from[0] !== to[0] || to[1]! % c.block !== 0) return false
    const [n, channels, h, w] = to as [number, number, number, number]
    const blocks = channels / c.block
    c.plain(x)
    const pixel = c.reshape(x, n, blocks, 1, c.block)
    const wide = c.g.op('Expand', [pixel, c.g.ints(n, blocks, h * w, c.block)])
    c.values.set(y, { parts: [c.reshape(wide, n, channels, h, w)] })
    return true
  },
}

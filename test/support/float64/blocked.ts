import { intAttribute, intsAttribute, type Node, stringAttribute } from '../../../src/onnx/graph/graph.js'
import { type Array64, combine, map, permute, reshape, sizeOf, zeros } from './Array64.js'
import { convolve } from './convolutions.js'
import type { Operator, Operators } from './operator.js'
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './pools.js'

/**
 * ONNX Runtime's own layout and its operators (com.microsoft.nchwc), for any block size: each by way of the standard
 * layout. Channels of a tensor [N, C, H, W] are cut into blocks that lie innermost, as if it were [N, C/B, H, W, B].
 */
function plainOf(x: Array64, block: number): Array64 {
  const [n, c, ...size] = x.dims as [number, number, ...number[]]
  const blocks = reshape(x, [n, c / block, sizeOf(size), block])
  return reshape(permute(blocks, [0, 1, 3, 2]), x.dims)
}

function blockedOf(x: Array64, block: number): Array64 {
  const [n, c, ...size] = x.dims as [number, number, ...number[]]
  const blocks = reshape(x, [n, c / block, block, sizeOf(size)])
  return reshape(permute(blocks, [0, 1, 3, 2]), x.dims)
}

/** Filters are blocked by their outputs and, where these are whole blocks, by their inputs: [O/B, I/B, k, Bi, Bo]. */
function plainFilter(w: Array64, block: number): Array64 {
  const [o, i, ...kernel] = w.dims as [number, number, ...number[]]
  const taps = sizeOf(kernel)
  if (i < block) return reshape(permute(reshape(w, [o / block, i, taps, block]), [0, 3, 1, 2]), w.dims)
  const blocks = reshape(w, [o / block, i / block, taps, block, block])
  return reshape(permute(blocks, [0, 4, 1, 3, 2]), w.dims)
}

/** Fewer inputs than a block, one to one by groups aside, are read from a tensor in the standard layout. */
const conv: Operator = (node, [x, w, bias, summand], { block }) => {
  const group = intAttribute(node, 'group', 1)
  const [outputs, inputs] = w!.dims as [number, number]
  const readsPlain = inputs < block && !(inputs === 1 && outputs === group)
  demandBlocks(node, block, outputs, ...(readsPlain ? [] : [x!.dims[1]!]))
  const input = readsPlain ? x! : plainOf(x!, block)
  const y = blockedOf(convolve(node, input, plainFilter(w!, block), bias, group), block)
  return activate(node, summand ? combine(y, summand, (a, b) => a + b) : y)
}

function activate(node: Node, y: Array64): Array64 {
  const activation = stringAttribute(node, 'activation', '')
  if (activation === '') return y
  if (activation === 'Relu') return map(y, (value) => Math.max(value, 0))
  const parameters = node.attributes.activation_params
  if (parameters?.type === 'floats') {
    const [first, second] = parameters.value as [number, number]
    if (activation === 'Clip') return map(y, (value) => Math.min(Math.max(value, first), second))
    if (activation === 'LeakyRelu') return map(y, (value) => (value < 0 ? first * value : value))
  }
  throw new Error(`no float64 reference for the activation ${activation} of ${node.name}`)
}

function demandBlocks(node: Node, block: number, ...channels: readonly number[]): void {
  if (channels.some((count) => count % block !== 0))
    throw new Error(`${node.opType} (${node.name}) of ${channels} channels is not for blocks of ${block}`)
}

/** Into blocks; what the last block lacks is zero. */
const reorderInput: Operator = (node, [x], { block }) => {
  const isLast = intAttribute(node, 'channels_last', 0) === 1
  const plain = isLast ? permute(x!, [0, 3, 1, 2]) : x!
  const [n, c, ...size] = plain.dims as [number, number, ...number[]]
  if (c % 4 !== 0) throw new Error(`ReorderInput (${node.name}) wants a multiple of 4 channels, not ${c}`)
  const whole = zeros([n, Math.ceil(c / block) * block, ...size])
  const [from, to] = [c * sizeOf(size), whole.data.length / n]
  for (let i = 0; i < n; i++) whole.data.set(plain.data.subarray(i * from, (i + 1) * from), i * to)
  return blockedOf(whole, block)
}

/** Out of blocks; `channels` may be fewer than the blocks hold. */
const reorderOutput: Operator = (node, [x], { block }) => {
  const plain = plainOf(x!, block)
  const [n, c, ...size] = plain.dims as [number, number, ...number[]]
  const channels = intAttribute(node, 'channels', c)
  const [from, to] = [c * sizeOf(size), channels * sizeOf(size)]
  const cut = zeros([n, channels, ...size])
  for (let i = 0; i < n; i++) cut.data.set(plain.data.subarray(i * from, i * from + to), i * to)
  return intAttribute(node, 'channels_last', 0) ? permute(cut, [0, 2, 3, 1]) : cut
}

/** Repeats single pixels over maps. */
const upsample: Operator = (node, [x], { block }) => {
  const [n, c, ...size] = x!.dims as [number, number, ...number[]]
  demandBlocks(node, block, c)
  if (sizeOf(size) !== 1) throw new Error(`no float64 reference for Upsample (${node.name}) of more than a pixel`)
  const [, , ...wide] = intsAttribute(node, 'scales')!
  const y = zeros([n, c, ...wide])
  for (let i = 0; i < y.data.length; i++) y.data[i] = x!.data[Math.floor(i / sizeOf(wide))]!
  return blockedOf(y, block)
}

/** An operator that treats channels alike. */
const byWayOfPlain =
  (operator: Operator): Operator =>
  (node, [x], context) => {
    demandBlocks(node, context.block, x!.dims[1]!)
    const [y] = [operator(node, [plainOf(x!, context.block)], context)].flat() as [Array64]
    return blockedOf(y, context.block)
  }

export const blocked: Operators = {
  'com.microsoft.nchwc:AveragePool': byWayOfPlain(averagePool),
  'com.microsoft.nchwc:Conv': conv,
  'com.microsoft.nchwc:GlobalAveragePool': byWayOfPlain(globalAveragePool),
  'com.microsoft.nchwc:GlobalMaxPool': byWayOfPlain(globalMaxPool),
  'com.microsoft.nchwc:MaxPool': byWayOfPlain(maxPool),
  'com.microsoft.nchwc:ReorderInput': reorderInput,
  'com.microsoft.nchwc:ReorderOutput': reorderOutput,
  'com.microsoft.nchwc:Upsample': upsample,
}

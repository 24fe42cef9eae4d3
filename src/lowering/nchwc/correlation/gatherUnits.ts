import type { Name } from '../layout/dims.js'
import { type Unit, type Units, unitsInOrder } from '../layout/units.js'
import type { BlockedOps } from '../ops/BlockedOps.js'

/**
 * Puts pieces of memory in the order of units: for each block of channels, each unit and each of its `pieces`, the
 * piece of x that `at` returns. A piece may hold `together` consecutive units; then `at` is called for the first.
 */
export function gatherUnits(
  ops: BlockedOps,
  units: Units,
  x: { readonly name: Name; readonly pieces: number; readonly size: number },
  channelBlocks: number,
  pieces: number,
  at: (channelBlock: number, unit: Unit | undefined, piece: number) => number,
  together = 1,
): Name {
  const order: number[] = []
  const firsts = [...unitsInOrder(units, ops.block)].filter((_, i) => i % together === 0)
  for (let channelBlock = 0; channelBlock < channelBlocks; channelBlock++)
    for (const unit of firsts) for (let piece = 0; piece < pieces; piece++) order.push(at(channelBlock, unit, piece))
  if (order.length === x.pieces && order.every((from, to) => from === to)) return x.name
  return ops.g.op('Gather', [ops.reshape(x.name, x.pieces, x.size), ops.indices(order)], { axis: 0 })
}

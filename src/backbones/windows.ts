import { CAST_TO, float32 } from '../onnx/graph/tensor.js'
import { truncatedNormal } from './inits.js'
import type { TransformerLayers } from './TransformerLayers.js'

/** A square map of tokens and its division into windows, which may reach beyond its end. */
export interface Windows {
  readonly width: number
  /** The side of the map, and that of a window. */
  readonly side: number
  readonly window: number
  /** The number of tokens by which the map is rotated before it is divided. */
  readonly shift: number
}

/** Returns the windows in a row of a map. */
const windowsIn = ({ side, window }: Windows): number => Math.ceil(side / window)

/** Adds the division of rows [N * side^2, width] into windows: rows in their order, one window after the other. */
export function intoWindows(net: TransformerLayers, module: string, rows: string, windows: Windows): string {
  const { side, window, width, shift } = windows
  const count = windowsIn(windows)
  let map = net.reshape(module, rows, -1, side, side, width)
  const missing = count * window - side
  if (missing) map = net.op(module, 'Pad', [map, net.g.ints(0, 0, 0, 0, 0, missing, missing, 0)])
  map = rotated(net, module, map, shift, count * window)
  const parts = net.reshape(module, map, -1, count, window, count, window, width)
  return net.reshape(module, net.transpose(module, parts, 0, 1, 3, 2, 4, 5), -1, width)
}

/** Adds the inverse of `intoWindows`. */
export function fromWindows(net: TransformerLayers, module: string, rows: string, windows: Windows): string {
  const { side, window, width, shift } = windows
  const count = windowsIn(windows)
  const whole = count * window
  const parts = net.reshape(module, rows, -1, count, count, window, window, width)
  let map = net.reshape(module, net.transpose(module, parts, 0, 1, 3, 2, 4, 5), -1, whole, whole, width)
  map = rotated(net, module, map, whole - shift, whole)
  if (whole > side) map = net.op(module, 'Slice', [map, net.g.ints(0, 0), net.g.ints(side, side), net.g.ints(1, 2)])
  return net.reshape(module, map, -1, width)
}

/** Adds the rotation of a map's rows and columns to the front, torch's `roll` by `-shift`. */
function rotated(net: TransformerLayers, module: string, map: string, shift: number, side: number): string {
  if (shift % side === 0) return map
  const part = (x: string, from: number, to: number, axis: number) =>
    net.op(module, 'Slice', [x, net.g.ints(from), net.g.ints(to), net.g.ints(axis)])
  const turn = (x: string, axis: number) =>
    net.op(module, 'Concat', [part(x, shift, side, axis), part(x, 0, shift, axis)], { axis })
  return turn(turn(map, 1), 2)
}

/**
 * Adds to scores [N * windows, heads, tokens, tokens] what keeps tokens apart that only the rotation has brought into
 * one window: -100.
 */
export function keepApart(net: TransformerLayers, module: string, scores: string, heads: number, windows: Windows) {
  const { window, shift } = windows
  if (shift === 0) return scores
  const [count, tokens] = [windowsIn(windows), window ** 2]
  const mask = net.g.constant(float32(masksOf(count, window, shift), [count ** 2, 1, tokens, tokens]))
  const grouped = net.reshape(module, scores, -1, count ** 2, heads, tokens, tokens)
  return net.reshape(module, net.op(module, 'Add', [grouped, mask]), -1, heads, tokens, tokens)
}

function masksOf(count: number, window: number, shift: number): Float32Array {
  const whole = count * window
  // The part of the rotated map that a row or a column comes from.
  const partOf = (at: number) => (at < whole - window ? 0 : at < whole - shift ? 1 : 2)
  const tokens = Array.from({ length: window ** 2 }, (_, i) => [Math.floor(i / window), i % window] as const)
  const values: number[] = []
  for (let top = 0; top < whole; top += window)
    for (let left = 0; left < whole; left += window) {
      const parts = tokens.map(([row, column]) => 3 * partOf(top + row) + partOf(left + column))
      for (const query of parts) for (const key of parts) values.push(query === key ? 0 : -100)
    }
  return Float32Array.from(values)
}

/** Adds the biases of the pairs of tokens in a window, [heads, tokens, tokens], from a table by their distance. */
export function pairBiases(net: TransformerLayers, module: string, heads: number, window: number): string {
  const tokens = window ** 2
  const table = net.parameter(`${module}.relative_position_bias_table`, [(2 * window - 1) ** 2, heads], truncatedNormal)
  const places = net.buffer(`${module}.relative_position_index`, [tokens ** 2], {
    type: 'values',
    values: pairsOf(window),
  })
  const picked = net.op(module, 'Gather', [table, net.op(module, 'Cast', [places], { to: CAST_TO.int64 })], { axis: 0 })
  return net.transpose(module, net.reshape(module, picked, tokens, tokens, heads), 2, 0, 1)
}

/** Returns the row of the table for each pair of tokens of a window. */
function pairsOf(window: number): number[] {
  const tokens = Array.from({ length: window ** 2 }, (_, i) => [Math.floor(i / window), i % window] as const)
  const [reach, span] = [window - 1, 2 * window - 1]
  return tokens.flatMap(([row, column]) =>
    tokens.map(([other, beside]) => (row - other + reach) * span + column - beside + reach),
  )
}

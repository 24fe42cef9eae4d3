import type { Shape } from '../../../onnx/graph/graph.js'
import type { WindowAxis } from '../../../onnx/graph/window.js'
import { areKnown } from '../support/lowering.js'
import { ASSUMED_SAMPLES } from '../support/strategies.js'
import { TILE, TILE_WINDOW } from '../support/toomCook.js'

/** A convolution in the tiles of Winograd's algorithm, F(4x4, 3x3). */
export interface Tiling {
  readonly inputs: number
  readonly outputs: number
  /** The height and width of the maps of the input. */
  readonly inputSizes: readonly number[]
  /** The height and width of the maps of the result. */
  readonly sizes: readonly number[]
  /** The number of tiles along each axis; the last may extend beyond the map. */
  readonly tiles: readonly number[]
  /** The padding of the input, top, left, bottom and right, up to the end of the last tile. */
  readonly inputPads: readonly number[]
  /** The surplus of the last tiles, as padding of the result: 0, 0, bottom and right. */
  readonly pads: readonly number[]
}

/** The convolution to compute. */
export interface Convolution {
  readonly shape: Shape
  readonly weightDims: readonly number[]
  readonly window: readonly WindowAxis[]
  readonly group: number
}

/** Returns the tiles of a convolution, if the algorithm supports it and is cheaper than the definition. */
export function tilingOf({ shape, weightDims, window, group }: Convolution): Tiling | undefined {
  const inputSizes = shape.slice(2)
  const isSupported = ({ kernel, stride, dilation }: WindowAxis) => kernel === 3 && stride === 1 && dilation === 1
  if (window.length !== 2 || group !== 1 || !window.every(isSupported) || !areKnown(inputSizes)) return undefined
  const [outputs, inputs] = weightDims as [number, number]
  const sizes = window.map((axis, i) => inputSizes[i]! + axis.padBegin + axis.padEnd - 2)
  const tiles = sizes.map((size) => Math.ceil(size / TILE))
  const begins = window.map(({ padBegin }) => padBegin)
  const tiling: Tiling = {
    inputs,
    outputs,
    inputSizes,
    sizes,
    tiles,
    inputPads: [...begins, ...tiles.map((count, i) => count * TILE + 2 - begins[i]! - inputSizes[i]!)],
    pads: [0, 0, ...tiles.map((count, i) => count * TILE - sizes[i]!)],
  }
  const samples = typeof shape[0] === 'number' ? shape[0] : ASSUMED_SAMPLES
  return isCheaper(tiling, samples) ? tiling : undefined
}

/**
 * The cost of the transforms of one channel of a tile, in multiplications of a matrix product: measured in the
 * WebAssembly of ONNX Runtime 1.30, where both ways cost the same from 32 to 32 channels.
 */
const TRANSFORM = 1750

function isCheaper({ inputs, outputs, sizes, tiles }: Tiling, samples: number): boolean {
  const [points, taps] = [TILE_WINDOW ** 2, 9]
  const filters = inputs * outputs
  const count = tiles[0]! * tiles[1]!
  const winograd =
    points * count * filters + TRANSFORM * count * (inputs + outputs) + (points * taps * filters) / samples
  return winograd < taps * sizes[0]! * sizes[1]! * filters
}

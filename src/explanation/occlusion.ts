import type { ImageDataset } from '../data/dataset/dataset.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { asImage, contiguousImage, heightOf, type RgbImage, widthOf } from '../transforms/rgbImage.js'

/** The side of the covered square, in cells: squares overlap by half. */
const SIDE = 2

/**
 * Returns the view, and after it the views in which a square of two by two cells is covered: at each place, by rows.
 *
 * @param cells the number of cells on each side
 * @param colour the red, green and blue that cover, bytes
 */
export function occludedViews(view: RgbImage, cells: number, colour: readonly number[]): ImageDataset {
  const places = cells - SIDE + 1
  const source = { source: 'view', label: 0 }
  return {
    classes: ['view'],
    samples: Array.from({ length: 1 + places ** 2 }, () => source),
    image: async (index) => {
      if (index === 0) return view
      return covered(view, { row: Math.floor((index - 1) / places), column: (index - 1) % places }, cells, colour)
    },
  }
}

interface Place {
  readonly row: number
  readonly column: number
}

function covered(view: RgbImage, { row, column }: Place, cells: number, colour: readonly number[]): RgbImage {
  const image = contiguousImage(view)
  const [height, width] = [heightOf(image), widthOf(image)]
  const data = image.data.slice()
  const edge = (cell: number, length: number) => Math.round((cell * length) / cells)
  for (let y = edge(row, height); y < edge(row + SIDE, height); y++)
    for (let x = edge(column, width); x < edge(column + SIDE, width); x++) data.set(colour, (y * width + x) * 3)
  return asImage(data, height, width)
}

/**
 * Returns the importance of each cell: the mean drop of the score over the squares that cover it.
 *
 * @param scores the score of the view, and those of `occludedViews`
 * @returns float32 [cells, cells]
 */
export function importanceOf([whole, ...scores]: readonly number[], cells: number): Tensor<'float32'> {
  const places = cells - SIDE + 1
  const [sums, counts] = [new Float64Array(cells ** 2), new Float64Array(cells ** 2)]
  for (const [place, score] of scores.entries())
    for (let i = 0; i < SIDE ** 2; i++) {
      const row = Math.floor(place / places) + Math.floor(i / SIDE)
      const cell = row * cells + (place % places) + (i % SIDE)
      sums[cell]! += whole! - score
      counts[cell]!++
    }
  return float32(
    Float32Array.from(sums, (sum, cell) => sum / counts[cell]!),
    [cells, cells],
  )
}

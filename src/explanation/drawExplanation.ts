import { checkArgument, isObject, type Kind } from '../arguments.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { asImage, contiguousImage, heightOf, isImage, type RgbImage, widthOf } from '../transforms/rgbImage.js'
import type { Explanation } from './explainSamples.js'

const HOT = [230, 20, 20] as const
/** The share of the colour where the map is at its largest. */
const MOST = 0.65

const explanationKind: Kind = {
  expected: 'an explanation, as explain returns it',
  is: (value) =>
    isObject(value) && isImage(value.view) && isObject(value.map) && value.map.data instanceof Float32Array,
}

/**
 * Draws an explanation over its view: the redder, the more a part speaks for the class. Parts that speak against it keep
 * their colours; where the whole map is 0 or below, all do.
 */
export function drawExplanation(explanation: Pick<Explanation, 'map' | 'view'>): RgbImage {
  checkArgument('drawExplanation: explanation', explanation, explanationKind)
  const { map } = explanation
  const view = contiguousImage(explanation.view)
  const [height, width] = [heightOf(view), widthOf(view)]
  const most = Math.max(...map.data)
  const data = view.data.slice()
  if (!(most > 0)) return asImage(data, height, width)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const heat = MOST * Math.max(0, between(map, (y + 0.5) / height, (x + 0.5) / width) / most)
      for (let c = 0; c < 3; c++) {
        const at = (y * width + x) * 3 + c
        data[at] = Math.round(data[at]! * (1 - heat) + HOT[c]! * heat)
      }
    }
  return asImage(data, height, width)
}

/** Interpolates between the centres of cells, at a place given as shares of the sides. */
function between({ dims: [rows, columns], data }: Tensor<'float32'>, y: number, x: number): number {
  const [top, down] = neighbours(y * rows! - 0.5, rows!)
  const [left, right] = neighbours(x * columns! - 0.5, columns!)
  const at = (row: number, column: number) => data[row * columns! + column]!
  const along = (row: number) => at(row, left.cell) * left.share + at(row, right.cell) * right.share
  return along(top.cell) * top.share + along(down.cell) * down.share
}

/** Returns the two cells beside a place between centres, and their shares. */
function neighbours(place: number, cells: number) {
  const inside = Math.min(Math.max(place, 0), cells - 1)
  const cell = Math.floor(inside)
  const share = inside - cell
  return [
    { cell, share: 1 - share },
    { cell: Math.min(cell + 1, cells - 1), share },
  ] as const
}

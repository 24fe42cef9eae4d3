import { TILE, TILE_WINDOW } from '../../portable/support/toomCook.js'

/** The numbers of samples and channels of a convolution, and the size of its result's maps. */
export interface ConvolutionSizes {
  readonly samples: number
  readonly inputs: number
  readonly outputs: number
  readonly height: number
  readonly width: number
}

/** The number of rows of the result that are computed together; `WINDOW`: of the rows of the input that they need. */
export const ROWS = TILE
export const WINDOW = TILE_WINDOW

/** Returns the number of tiles of a map; the last may extend beyond it. */
export const tilesOf = (height: number): number => Math.ceil(height / ROWS)

/** The numbers of samples and channels of a convolution, and the size of its result's maps. */
export interface ConvolutionSizes {
  readonly samples: number
  readonly inputs: number
  readonly outputs: number
  readonly height: number
  readonly width: number
}

/** The number of rows of the result that are computed together; `WINDOW`: of the rows of the input that they need. */
export const ROWS = 4
export const WINDOW = ROWS + 2

/** Returns the number of tiles of a map; the last may extend beyond it. */
export const tilesOf = (height: number): number => Math.ceil(height / ROWS)

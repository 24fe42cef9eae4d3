/** How many samples and channels a convolution has, and how large its result's maps are. */
export interface ConvolutionSizes {
  readonly samples: number
  readonly inputs: number
  readonly outputs: number
  readonly height: number
  readonly width: number
}

/** Rows of the result that are computed together, and rows of the input that they take. */
export const ROWS = 4
export const WINDOW = ROWS + 2

/** Tiles of a map; the last may reach beyond it. */
export const tilesOf = (height: number): number => Math.ceil(height / ROWS)

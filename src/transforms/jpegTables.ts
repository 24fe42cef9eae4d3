/** The tables of quantisation in annex K of the standard of JPEG (ITU-T T.81), row by row. */
const LUMINANCE = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat()

const CHROMINANCE = [
  [17, 18, 24, 47, 99, 99, 99, 99],
  [18, 21, 26, 66, 99, 99, 99, 99],
  [24, 26, 56, 99, 99, 99, 99, 99],
  [47, 66, 99, 99, 99, 99, 99, 99],
  ...Array.from({ length: 4 }, () => Array<number>(8).fill(99)),
].flat()

/** The tables of an image: of its luminance, and of its two colour differences. */
export interface JpegTables {
  readonly luminance: Uint8Array
  readonly chrominance: Uint8Array
}

/** Returns the tables that libjpeg has for a quality from 1 to 100. */
export function tablesOf(quality: number): JpegTables {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality
  const scaled = (table: readonly number[]) =>
    Uint8Array.from(table, (step) => Math.min(Math.max(Math.floor((step * percent + 50) / 100), 1), 255))
  return { luminance: scaled(LUMINANCE), chrominance: scaled(CHROMINANCE) }
}

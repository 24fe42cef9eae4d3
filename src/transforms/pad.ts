import * as z from 'zod'
import { borders } from '../onnx/graph/borders.js'
import { checkOptions } from '../options.js'
import { type Color, colorOf, type Fill, fill as fillSchema } from './options.js'
import { contiguousImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

/** Pixels around an image: the same on all sides, or [left and right, top and bottom], or each. */
export type Padding =
  | number
  | readonly [across: number, down: number]
  | readonly [left: number, top: number, right: number, bottom: number]
export type PaddingMode = 'constant' | 'edge' | 'reflect' | 'symmetric'

const pixels = z.number().int().min(0).max(65535)
const schema = z.strictObject({
  padding: z.union(
    [pixels, z.tuple([pixels, pixels]).readonly(), z.tuple([pixels, pixels, pixels, pixels]).readonly()],
    { error: 'a number of pixels, [across, down] or [left, top, right, bottom]' },
  ),
  fill: fillSchema,
  paddingMode: z.enum(['constant', 'edge', 'reflect', 'symmetric']).default('constant'),
})

/**
 * Adds pixels around an image. torchvision: `v2.Pad(padding, fill, padding_mode)`.
 * @param padding pixels on all sides, or [left and right, top and bottom], or [left, top, right, bottom]
 * @param options.fill byte or [red, green, blue] of the new pixels in the mode 'constant'. Default 0
 * @param options.paddingMode 'constant'; 'edge' repeats the outermost pixels; 'reflect' mirrors the image without
 *   repeating them, 'symmetric' with. Default 'constant'
 * @throws FineTuneError 'options/invalid'
 */
export function pad(
  padding: Padding,
  options: { fill?: Fill | undefined; paddingMode?: PaddingMode | undefined } = {},
): Transform<RgbImage, RgbImage> {
  const checked = {
    ...checkOptions(schema.pick({ padding: true }), { padding }, 'pad'),
    ...checkOptions(schema.omit({ padding: true }), options, 'pad'),
  }
  const sides = sidesOf(checked.padding)
  const color = colorOf(checked.fill)
  return builtIn({
    name: 'pad',
    options: checked,
    apply: (image) => padImage(image, sides, checked.paddingMode, color),
  })
}

type Sides = readonly [left: number, top: number, right: number, bottom: number]

function sidesOf(padding: Padding): Sides {
  if (typeof padding === 'number') return [padding, padding, padding, padding]
  return padding.length === 2 ? [...padding, ...padding] : padding
}

function padImage(image: RgbImage, [left, top, right, bottom]: Sides, mode: PaddingMode, fill: Color): RgbImage {
  const [innerHeight, innerWidth] = [heightOf(image), widthOf(image)]
  const [height, width] = [top + innerHeight + bottom, left + innerWidth + right]
  const columns = sourcesOf(width, left, innerWidth, mode)
  const rows = sourcesOf(height, top, innerHeight, mode)
  const { data } = contiguousImage(image)
  const result = new Uint8Array(height * width * 3)
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to += 3) {
      const isFilled = rows[y]! < 0 || columns[x]! < 0
      const from = (rows[y]! * innerWidth + columns[x]!) * 3
      for (let c = 0; c < 3; c++) result[to + c] = isFilled ? fill[c]! : data[from + c]!
    }
  return rgbImage(result, height, width)
}

/** Returns the position in the image for each position of the padded line; -1 where it is filled. */
function sourcesOf(length: number, before: number, inner: number, mode: PaddingMode): Int32Array {
  const outside = mode === 'constant' ? () => -1 : borders[mode]
  return Int32Array.from({ length }, (_, i) => {
    const position = i - before
    return position >= 0 && position < inner ? position : outside(position, inner)
  })
}

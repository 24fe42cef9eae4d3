/**
 * Pillow's RGB to HSV and back, to the rounding
 * (https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Convert.c). All values 0..255.
 */
const float = Math.fround

/** Shifts the hue of contiguous RGB bytes, in place, by `turn` 255ths of the colour circle. */
export function turnHue(data: Uint8Array, turn: number): void {
  for (let i = 0; i < data.length; i += 3) {
    const [red, green, blue] = [data[i]!, data[i + 1]!, data[i + 2]!]
    const value = Math.max(red, green, blue)
    const chroma = value - Math.min(red, green, blue)
    if (chroma === 0) continue // grey has no hue
    const hue = (hueOf(red, green, blue, value, chroma) + turn) & 255
    const saturation = Math.trunc(float(chroma / value) * 255)
    writeRgb(data, i, hue, saturation, value)
  }
}

function hueOf(red: number, green: number, blue: number, value: number, chroma: number): number {
  const rc = float((value - red) / chroma)
  const gc = float((value - green) / chroma)
  const bc = float((value - blue) / chroma)
  const sixths = float(red === value ? float(bc - gc) : green === value ? 2 + rc - bc : 4 + gc - rc)
  return Math.trunc(float((sixths / 6 + 1) % 1) * 255)
}

function writeRgb(data: Uint8Array, at: number, hue: number, saturation: number, value: number): void {
  if (saturation === 0) return void data.fill(value, at, at + 3)
  const sixths = (hue * 6) / 255
  const sector = Math.floor(sixths)
  const f = float(sixths - sector)
  const s = float(saturation / 255)
  const p = Math.round(value * (1 - s))
  const q = Math.round(value * (1 - s * f))
  const t = Math.round(value * (1 - s * (1 - f)))
  const sectors = [value, t, p, q, value, p, p, value, t, p, q, value, t, p, value, value, p, q]
  for (let c = 0; c < 3; c++) data[at + c] = sectors[(sector % 6) * 3 + c]!
}

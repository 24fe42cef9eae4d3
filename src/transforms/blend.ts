/**
 * Computes a byte of Pillow's `Image.blend(base, image, alpha)`: in float32, truncated, clipped outside 0..255.
 * @param alpha a float32
 */
export function blendByte(base: number, byte: number, alpha: number): number {
  const value = Math.fround(base + Math.fround(alpha * (byte - base)))
  return Math.min(Math.max(value, 0), 255)
}

import { resizeImage } from '../../../transforms/resize.js'
import type { RgbImage } from '../../../transforms/rgbImage.js'

/** The appearance of an image, in a few bytes. */
export interface Look {
  /**
   * The 64 bits that say which of the lowest frequencies are strong. Undefined for an image of one tone, where noise
   * would decide.
   */
  readonly hash: readonly [high: number, low: number] | undefined
  /** The image as 16 x 16 pixels in RGB. */
  readonly thumbnail: Uint8Array
}

const SIDE = 32
const KEPT = 8
const THUMBNAIL = 16
/** The standard deviation of grey levels below which an image has no features to recognise. */
const LEAST_CONTRAST = 4

export function lookOf(image: RgbImage): Look {
  const small = resizeImage(image, SIDE, SIDE)
  const luma = new Float64Array(SIDE * SIDE)
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      luma[y * SIDE + x] = 0.299 * small.get(y, x, 0) + 0.587 * small.get(y, x, 1) + 0.114 * small.get(y, x, 2)
  const thumbnail = resizeImage(small, THUMBNAIL, THUMBNAIL).data.slice()
  return { hash: contrast(luma) < LEAST_CONTRAST ? undefined : hashOf(luma), thumbnail }
}

/**
 * Computes the perceptual hash of 63 bits known as pHash in image search: a bit for each of the 8 x 8 lowest
 * frequencies of the cosine transform except the mean, set if it is above their median. Half of the bits are set, so
 * distances are even.
 */
function hashOf(luma: Float64Array): [number, number] {
  const frequencies = lowFrequencies(luma).subarray(1)
  const median = frequencies.toSorted()[frequencies.length >> 1]!
  const hash: [number, number] = [0, 0]
  for (const [i, value] of frequencies.entries()) if (value > median) hash[i >> 5]! |= 1 << (i & 31)
  return [hash[0] >>> 0, hash[1] >>> 0]
}

const cosines = Float64Array.from({ length: KEPT * SIDE }, (_, i) => {
  const [frequency, place] = [Math.floor(i / SIDE), i % SIDE]
  return Math.cos((Math.PI * frequency * (2 * place + 1)) / (2 * SIDE))
})

/** Computes the lowest frequencies, [KEPT, KEPT], with the frequency down the rows first. */
function lowFrequencies(luma: Float64Array): Float64Array {
  const across = new Float64Array(SIDE * KEPT)
  for (let y = 0; y < SIDE; y++)
    for (let k = 0; k < KEPT; k++)
      for (let x = 0; x < SIDE; x++) across[y * KEPT + k]! += luma[y * SIDE + x]! * cosines[k * SIDE + x]!
  const both = new Float64Array(KEPT * KEPT)
  for (let j = 0; j < KEPT; j++)
    for (let k = 0; k < KEPT; k++)
      for (let y = 0; y < SIDE; y++) both[j * KEPT + k]! += across[y * KEPT + k]! * cosines[j * SIDE + y]!
  return both
}

function contrast(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

/** Computes the correlation of two thumbnails, -1 to 1, which does not depend on brightness and contrast. */
export function likeness(a: Uint8Array, b: Uint8Array): number {
  let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!]
    sumA += x
    sumB += y
    squaresA += x * x
    squaresB += y * y
    products += x * y
  }
  const [deviationA, deviationB] = [a.length * squaresA - sumA ** 2, a.length * squaresB - sumB ** 2]
  if (deviationA === 0 || deviationB === 0) return deviationA === deviationB && sumA === sumB ? 1 : 0
  return (a.length * products - sumA * sumB) / Math.sqrt(deviationA * deviationB)
}

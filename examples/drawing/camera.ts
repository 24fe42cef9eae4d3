import type { Random } from 'onnx-finetune'
import { clamp } from './colour.js'
import type { Canvas } from './Scene.js'

export interface Exposure {
  readonly brightness: number
  /** Below 1 brightens the shadows. */
  readonly gamma: number
  /** Above 1 is warm light, below 1 cold. */
  readonly warmth: number
  /** Standard deviation of the sensor's noise, 0 to 1. */
  readonly noise: number
  /** Radius of the blur, in pixels. */
  readonly blur: number
  /** Darkness of the corners, 0 to 1. */
  readonly vignette: number
}

/** The carelessness of a photographer who is in a hurry: 1 is much, 0 nothing. */
export function anyExposure(random: Random, much: number): Exposure {
  return {
    brightness: 1.05 + much * random.uniform(-0.35, 0.35),
    gamma: 1 + much * random.uniform(-0.25, 0.35),
    warmth: 1 + much * random.uniform(-0.22, 0.22),
    noise: much * random.uniform(0, 0.05),
    blur: much * Math.max(random.uniform(-1.5, 2), 0),
    vignette: much * random.uniform(0, 0.5),
  }
}

/** Random numbers of the sensor, made once and begun anywhere in each row. */
const GRAINS = 1999
/** Steps of the film's curve. */
const TONES = 1024

/** The bytes of a photograph of the canvas: blurred, exposed, noisy. RGB, row by row. */
export function photograph(canvas: Canvas, exposure: Exposure, random: Random): Uint8Array {
  const { width, height } = canvas
  const light = blurred(canvas, Math.round(exposure.blur))
  const balance = [Math.sqrt(exposure.warmth), 1, 1 / exposure.warmth]
  const curve = Float32Array.from({ length: TONES + 1 }, (_, i) => (i / TONES) ** exposure.gamma)
  const grain = Float32Array.from({ length: GRAINS }, () => exposure.noise * random.normal())
  const bytes = new Uint8Array(width * height * 3)
  for (let y = 0, at = 0; y < height; y++) {
    const offset = random.integer(0, GRAINS)
    for (let x = 0; x < width; x++) {
      const [u, v] = [(2 * x) / width - 1, (2 * y) / height - 1]
      const dimming = exposure.brightness * (1 - (exposure.vignette * (u * u + v * v)) / 2)
      for (let channel = 0; channel < 3; channel++, at++) {
        const value = curve[Math.round(TONES * clamp(light[at]! * dimming * balance[channel]!))]!
        bytes[at] = Math.round(255 * clamp(value + grain[(at + offset) % GRAINS]!))
      }
    }
  }
  return bytes
}

/** The mean over a square, rows first, then columns. */
function blurred({ width, height, data }: Canvas, radius: number): Float32Array {
  if (radius === 0) return data
  const rows = new Float32Array(data.length)
  const result = new Float32Array(data.length)
  for (let y = 0; y < height; y++) slide(data, rows, { start: y * width * 3, count: width, stride: 3, radius })
  for (let x = 0; x < width; x++) slide(rows, result, { start: x * 3, count: height, stride: width * 3, radius })
  return result
}

interface Line {
  readonly start: number
  readonly count: number
  readonly stride: number
  readonly radius: number
}

function slide(from: Float32Array, to: Float32Array, { start, count, stride, radius }: Line): void {
  for (let channel = 0; channel < 3; channel++)
    for (let i = 0; i < count; i++) {
      const [first, last] = [Math.max(i - radius, 0), Math.min(i + radius, count - 1)]
      let sum = 0
      for (let j = first; j <= last; j++) sum += from[start + channel + j * stride]!
      to[start + channel + i * stride] = sum / (last - first + 1)
    }
}

import type { Random } from 'onnx-finetune'

/** Red, green, blue, each 0 to 1. */
export type Colour = readonly [red: number, green: number, blue: number]

/** Makes a colour: `rgb(0xd9a35a)`. */
export const rgb = (hex: number): Colour => [(hex >> 16) / 255, ((hex >> 8) & 255) / 255, (hex & 255) / 255]

export const mix = (a: Colour, b: Colour, share: number): Colour => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
]

export const times = (colour: Colour, factor: number): Colour => [
  colour[0] * factor,
  colour[1] * factor,
  colour[2] * factor,
]

/** Returns the same colour, a little lighter or darker and of a slightly other hue. */
export function near(random: Random, colour: Colour, amount = 0.08): Colour {
  const light = 1 + random.uniform(-2, 2) * amount
  const channel = (value: number) => clamp(value * light + random.uniform(-amount, amount))
  return [channel(colour[0]), channel(colour[1]), channel(colour[2])]
}

/** Returns any colour; `strength` 0 is grey, 1 as bright as a crayon. */
export function anyColour(random: Random, strength = 0.7): Colour {
  const hue = random.uniform(0, 6)
  const channel = (shift: number) => clamp(Math.abs(((hue + shift) % 6) - 3) - 1)
  const value = random.uniform(0.35, 1)
  return times(mix([1, 1, 1], [channel(0), channel(2), channel(4)], strength * random.uniform(0.6, 1)), value)
}

export const oneOf = <T>(random: Random, items: readonly T[]): T => items[random.integer(0, items.length - 1)]!
export const chance = (random: Random, probability: number): boolean => random.next() < probability
export const clamp = (value: number, least = 0, most = 1): number => Math.min(Math.max(value, least), most)

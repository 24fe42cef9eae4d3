import { type Colour, near, oneOf, rgb } from '../../../drawing/colour.js'
import type { Scene } from '../../../drawing/Scene.js'

const palette =
  (...hexes: readonly number[]) =>
  ({ random }: Scene): Colour =>
    near(random, rgb(oneOf(random, hexes)), 0.06)

export const crust = palette(0xd9a35a, 0xc98b45, 0xe3bd80, 0xb87333, 0x8a5a2b, 0xead0a0, 0xa8672c)
export const crumb = palette(0xf3e4c0, 0xead3a4, 0xf7eed8, 0xd8bd8c)
export const sausage = palette(0xb5523b, 0x9c3f2b, 0xc9715a, 0x7a3322, 0xd98b73, 0x5e2a1c, 0xc26a3a, 0xe0a18c)
export const patty = palette(0x5b3420, 0x6d4024, 0x3f2415, 0x7a4a2c)
export const lettuce = palette(0x7fb13c, 0x5c9430, 0xa6c957, 0x3f7a2a)
export const tomato = palette(0xd23b26, 0xc22f22, 0xe0563a)
export const cheese = palette(0xf4c542, 0xf0b429, 0xf7e09a)
export const mustard = palette(0xe3b71e, 0xf0cb3a, 0xc99a1a)
export const ketchup = palette(0xb81d18, 0xc92a1e, 0x951812)
export const onion = palette(0xf4efe2, 0xe9dfe6, 0xc9a3c4)
export const chocolate = palette(0x4a2a18, 0x2f1a10, 0x6a3f24)

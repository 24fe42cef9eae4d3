import type { Scene } from '../../../drawing/Scene.js'
import { breadBesideSausage, croissant, eclair, roll, sandwich, sausages, sub } from './bread.js'
import { bananas, cake, carrots, corn, cucumber, donut, roundFruit, salad } from './fresh.js'
import { burger, burgerFromAbove, friedEggs, fries, pizza, pizzaSlice, spaghetti, taco } from './hot.js'

/** Draws a food around (0, 0), as long or as high as from -1 to 1. */
export type Food = (scene: Scene) => void

/** All foods that are not hot dogs. */
export const otherFoods: readonly Food[] = [
  ...[sausages, roll, sub, breadBesideSausage, eclair, sandwich, croissant],
  ...[burger, burgerFromAbove, pizza, pizzaSlice, fries, taco, friedEggs, spaghetti],
  ...[salad, bananas, corn, carrots, cucumber, roundFruit, donut, cake],
]

import { oneOf } from '../../drawing/colour.js'
import { drawFolder } from '../../drawing/drawFolder.js'
import { hotdog } from './foods/hotdog.js'
import { otherFoods } from './foods/register.js'
import { meal } from './meal.js'

/** Draws `count` images of hot dogs and as many of other foods, a folder each. */
export const drawMeals = (directory: string, count: number, seed: number | string): Promise<void> =>
  drawFolder({
    directory,
    classes: {
      hotdog: (random) => meal(random, hotdog),
      'not-hotdog': (random) => meal(random, oneOf(random, otherFoods)),
    },
    count,
    seed,
  })

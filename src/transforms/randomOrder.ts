import { checkArgument } from '../arguments.js'
import { permutation } from '../random.js'
import { drawKey, runSteps, transformsKind } from './compose.js'
import { madeOf } from './parts.js'
import type { Transform } from './transform.js'

/**
 * Applies all transforms of a list, in random order. torchvision: `v2.RandomOrder(transforms)`.
 * @throws FineTuneError 'options/invalid'
 */
export function randomOrder<T>(transforms: readonly Transform<T, T>[]): Transform<T, T> {
  checkArgument('randomOrder: transforms', transforms, transformsKind)
  return madeOf(transforms, (parts) => randomOrder(parts as readonly Transform<T, T>[]), {
    name: 'randomOrder',
    options: {},
    apply(input, random) {
      const key = drawKey(random)
      const order = permutation(transforms.length, random)
      return order.reduce((value, index) => runSteps(transforms, index, index + 1, value, key) as T, input)
    },
  })
}

import { expect, test } from 'vitest'
import { augmentationOptions, trainingViews } from '../../src/cli/options/augmentation.js'
import { stepsOf } from '../../src/transforms/compose.js'

const defaults = Object.fromEntries(
  Object.entries(augmentationOptions).map(([name, { schema }]) => [name, schema.parse(undefined)]),
) as Parameters<typeof trainingViews>[0]
const preprocessing = { crop: 32, mean: [0, 0, 0], std: [1, 1, 1] } as const
const namesWith = (options: Partial<typeof defaults>) =>
  stepsOf(trainingViews({ ...defaults, ...options }, preprocessing)).map(({ name }) => name)

test.each([
  ['randaugment', 'randAugment'],
  ['trivialaugment', 'trivialAugmentWide'],
  ['autoaugment', 'autoAugment'],
  ['augmix', 'augMix'],
] as const)('--augment %s: crops, flips, the policy, then what the network takes', (augment, name) => {
  const usual = ['randomResizedCrop', 'randomHorizontalFlip', 'toNormalizedTensor']
  expect(namesWith({})).toEqual(usual)
  expect(namesWith({ augment })).toEqual(usual.toSpliced(2, 0, name))
  expect(augmentationOptions.augment.schema.parse(augment)).toBe(augment)
  expect(() => augmentationOptions.augment.schema.parse(name)).toThrow()
})

import { expect, test } from 'vitest'
import { loadBackbone } from '../src/backbones/loadBackbone.js'
import { paramGroups } from '../src/model/paramGroups.js'
import { replaceHead } from '../src/model/replaceHead.js'
import { writeModel } from '../src/onnx/format/write.js'
import { adam, adamW } from '../src/optim/adam.js'
import type { Optimizer } from '../src/optim/Optimizer.js'
import { cosineSchedule, linearWarmupSchedule, oneCycleSchedule } from '../src/optim/schedules.js'
import { sgd } from '../src/optim/sgd.js'
import { augMix } from '../src/transforms/augMix.js'
import { autoAugment } from '../src/transforms/autoAugment.js'
import { colorJitter } from '../src/transforms/colorJitter.js'
import { elasticTransform } from '../src/transforms/elasticTransform.js'
import { gaussianBlur } from '../src/transforms/gaussianBlur.js'
import { grayscale } from '../src/transforms/grayscale.js'
import { pad } from '../src/transforms/pad.js'
import { randAugment } from '../src/transforms/randAugment.js'
import { randomAdjustSharpness } from '../src/transforms/randomAdjustSharpness.js'
import { randomAffine } from '../src/transforms/randomAffine.js'
import { randomApply } from '../src/transforms/randomApply.js'
import { randomAutocontrast } from '../src/transforms/randomAutocontrast.js'
import { randomChoice } from '../src/transforms/randomChoice.js'
import { randomEqualize } from '../src/transforms/randomEqualize.js'
import { randomErasing } from '../src/transforms/randomErasing.js'
import { randomGrayscale } from '../src/transforms/randomGrayscale.js'
import { randomHorizontalFlip } from '../src/transforms/randomHorizontalFlip.js'
import { randomInvert } from '../src/transforms/randomInvert.js'
import { randomPerspective } from '../src/transforms/randomPerspective.js'
import { randomPosterize } from '../src/transforms/randomPosterize.js'
import { randomResizedCrop } from '../src/transforms/randomResizedCrop.js'
import { randomRotation } from '../src/transforms/randomRotation.js'
import { randomSolarize } from '../src/transforms/randomSolarize.js'
import { randomVerticalFlip } from '../src/transforms/randomVerticalFlip.js'
import { trivialAugmentWide } from '../src/transforms/trivialAugmentWide.js'

/** An option that is `undefined` is one that is not given. */
const nothing = (...names: string[]) => Object.fromEntries(names.map((name) => [name, undefined]))

const group = { name: 'all', params: ['w'], lr: 0.1 }
const updateOf = (optimizer: Optimizer) => [
  optimizer.groups,
  optimizer.stateNames('w'),
  Buffer.from(writeModel(optimizer.buildGraph(new Map([['w', [2, 3]]])))).toString('base64'),
]

test.each([
  ['sgd', sgd, ['momentum', 'weightDecay', 'nesterov'], { momentum: 0.9, weightDecay: 0.1, nesterov: true }],
  ['adam', adam, ['betas', 'eps', 'weightDecay'], { betas: [0.8, 0.9], weightDecay: 0.1 }],
  ['adamW', adamW, ['betas', 'eps', 'weightDecay'], { eps: 1e-6 }],
] as const)(
  '%s: undefined settings of a group or of the defaults take no place of a default',
  (_, make, names, set) => {
    const create = make as (groups: object[], defaults?: object) => Optimizer
    const open = nothing(...names)
    expect(updateOf(create([{ ...group, ...open }]))).toEqual(updateOf(create([group])))
    expect(updateOf(create([group], open))).toEqual(updateOf(create([group])))
    expect(updateOf(create([{ ...group, ...open }], set))).toEqual(updateOf(create([group], set)))
    expect(updateOf(create([group], set))).not.toEqual(updateOf(create([group])))
  },
)

test('parameter groups', async () => {
  const backbone = await loadBackbone('resnet18', { weights: 'none', width: 8, imageSize: 32 })
  const model = replaceHead(backbone, { classes: ['a', 'b'] })
  const open = nothing('weightDecay', 'momentum', 'nesterov', 'headLrMultiplier', 'groups')
  expect(paramGroups(model, { lr: 1, ...open } as never)).toEqual(paramGroups(model, { lr: 1 }))
  const { headLrMultiplier, groups, ...ofGroup } = open
  const explicit = { name: 'all', match: /./, lr: 1 }
  expect(paramGroups(model, { groups: [{ ...explicit, ...ofGroup }] })).toEqual(
    paramGroups(model, { groups: [explicit] }),
  )
})

test.each([
  ['cosine', cosineSchedule, ['minFactor']],
  ['oneCycle', oneCycleSchedule, ['warmupShare', 'divFactor', 'finalDivFactor', 'anneal']],
  ['linearWarmup', linearWarmupSchedule, ['startFactor']],
] as const)('schedules: %s', (_, make, names) => {
  const factors = (options: object) =>
    [0, 1, 5, 9, 20].map(make({ steps: 10, ...options } as never) as (step: number) => number)
  expect(factors(nothing(...names))).toEqual(factors({}))
})

test.each([
  ['augMix', augMix, ['severity', 'mixtureWidth', 'chainDepth', 'alpha', 'allOps', 'interpolation', 'fill']],
  ['autoAugment', autoAugment, ['interpolation', 'fill']],
  ['colorJitter', colorJitter, ['brightness', 'contrast', 'saturation', 'hue']],
  ['elasticTransform', elasticTransform, ['alpha', 'sigma', 'interpolation', 'fill']],
  ['gaussianBlur', (options: object) => gaussianBlur(3, options), ['sigma']],
  ['pad', (options: object) => pad(1, options), ['fill', 'paddingMode']],
  ['randAugment', randAugment, ['numOps', 'magnitude', 'numMagnitudeBins', 'interpolation', 'fill']],
  ['randomAdjustSharpness', (options: object) => randomAdjustSharpness(2, options), ['p']],
  [
    'randomAffine',
    (options: object) => randomAffine(8, options),
    ['translate', 'scale', 'shear', 'interpolation', 'fill', 'center'],
  ],
  ['randomApply', (options: object) => randomApply([grayscale()], options), ['p']],
  ['randomAutocontrast', randomAutocontrast, ['p']],
  ['randomChoice', (options: object) => randomChoice([grayscale()], options), ['p']],
  ['randomEqualize', randomEqualize, ['p']],
  ['randomErasing', randomErasing, ['p', 'scale', 'ratio', 'value']],
  ['randomGrayscale', randomGrayscale, ['p']],
  ['randomHorizontalFlip', randomHorizontalFlip, ['p']],
  ['randomInvert', randomInvert, ['p']],
  ['randomPerspective', randomPerspective, ['distortionScale', 'p', 'interpolation', 'fill']],
  ['randomPosterize', (options: object) => randomPosterize(2, options), ['p']],
  ['randomResizedCrop', (options: object) => randomResizedCrop(8, options), ['scale', 'ratio']],
  ['randomRotation', (options: object) => randomRotation(8, options), ['fill']],
  ['randomSolarize', (options: object) => randomSolarize(128, options), ['p']],
  ['randomVerticalFlip', randomVerticalFlip, ['p']],
  ['trivialAugmentWide', trivialAugmentWide, ['numMagnitudeBins', 'interpolation', 'fill']],
] as const)('transforms: %s', (_, make, names) => {
  const create = make as (options: object) => { readonly options?: unknown }
  expect(JSON.stringify(create(nothing(...names)).options)).toBe(JSON.stringify(create({}).options))
})

import { describe, expect, expectTypeOf, test } from 'vitest'
import { seededRandom } from '../../src/random.js'
import { compose, stepsOf } from '../../src/transforms/compose.js'
import { grayscale } from '../../src/transforms/grayscale.js'
import { pad } from '../../src/transforms/pad.js'
import { summaryOf } from '../../src/transforms/parts.js'
import { randomApply } from '../../src/transforms/randomApply.js'
import { randomChoice } from '../../src/transforms/randomChoice.js'
import { randomErasing } from '../../src/transforms/randomErasing.js'
import { randomInvert } from '../../src/transforms/randomInvert.js'
import { randomOrder } from '../../src/transforms/randomOrder.js'
import { randomPosterize } from '../../src/transforms/randomPosterize.js'
import { fromSpec } from '../../src/transforms/register.js'
import { contiguousImage, type RgbImage } from '../../src/transforms/rgbImage.js'
import { isDeterministic, toSpec } from '../../src/transforms/specs.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { isBuiltIn, type Transform } from '../../src/transforms/transform.js'
import { importModules, transformModule } from '../../src/transforms/transformModule.js'
import { noise } from './noise.js'

const image = noise(9, 8)
const bytes = (view: RgbImage) => [...contiguousImage(view).data]

/** A custom step that is seen in the list `seen`. */
const seen: string[] = []
const step = (name: string): Transform<RgbImage, RgbImage> => ({
  name,
  apply(view) {
    seen.push(name)
    return view
  },
})
const times = (count: number, transform: Transform<RgbImage, RgbImage>): string[] =>
  Array.from({ length: count }, (_, seed) => {
    seen.length = 0
    transform.apply(image, seededRandom('times', seed))
    return seen.join('')
  })
const share = (all: readonly string[], one: string) => all.filter((item) => item === one).length / all.length

describe('randomApply', () => {
  test('applies all or none, in order, with probability p', () => {
    const all = times(2000, randomApply([step('a'), step('b')], { p: 0.3 }))
    expect(new Set(all)).toEqual(new Set(['', 'ab']))
    expect(Math.abs(share(all, 'ab') - 0.3)).toBeLessThan(0.04)
    expect(share(times(1000, randomApply([step('a')])), 'a')).toBeCloseTo(0.5, 1)
  })

  test('takes transforms of tensors, too', () => {
    const pipeline = compose([toTensor(), randomApply([randomErasing({ p: 1 })], { p: 1 })])
    expectTypeOf(pipeline.apply).returns.toHaveProperty('dims')
    expect(pipeline.apply(image, seededRandom(0)).data).not.toEqual(toTensor().apply(image, seededRandom(0)).data)
    // @ts-expect-error what is applied now and then must return what it takes
    randomApply([toTensor()])
  })
})

describe('randomChoice', () => {
  const letters = [step('a'), step('b'), step('c')]
  test('applies one, all equally often or in proportion to p', () => {
    const equal = times(3000, randomChoice(letters))
    for (const letter of 'abc') expect(Math.abs(share(equal, letter) - 1 / 3)).toBeLessThan(0.03)
    const weighted = times(3000, randomChoice(letters, { p: [1, 0, 3] }))
    expect(share(weighted, 'b')).toBe(0)
    expect(Math.abs(share(weighted, 'c') - 0.75)).toBeLessThan(0.03)
  })

  test('a pipeline is one choice', () => {
    const choice = randomChoice([compose([step('a'), step('b')]), step('c')])
    expect(new Set(times(100, choice))).toEqual(new Set(['ab', 'c']))
  })

  test('a weight for each is needed', () => {
    const message = 'randomChoice: p must be one number from 0 up for each transform, not all of them 0'
    for (const p of [
      [1, 1],
      [0, 0, 0],
    ])
      expect(() => randomChoice(letters, { p })).toThrow(message)
  })
})

test('randomOrder applies all, in each order equally often', () => {
  const all = times(3000, randomOrder([step('a'), step('b'), step('c')]))
  for (const order of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
    expect(Math.abs(share(all, order) - 1 / 6)).toBeLessThan(0.03)
})

const nested = () =>
  randomOrder([
    randomApply([randomInvert({ p: 0.5 }), pad(1)], { p: 0.6 }),
    randomChoice([compose([randomPosterize(2), grayscale()]), grayscale()], { p: [2, 1] }),
  ])

describe('transforms made of others', () => {
  test('can be made again from plain data, as deep as they go', () => {
    const spec = structuredClone(toSpec(nested())!)
    const again = fromSpec(spec) as Transform<RgbImage, RgbImage>
    for (let seed = 0; seed < 20; seed++)
      expect(again.apply(image, seededRandom(seed))).toEqual(nested().apply(image, seededRandom(seed)))
    expect(toSpec(again)).toEqual(spec)
  })

  test('are recorded with what they are made of', () => {
    const { options } = summaryOf(randomApply([randomInvert(), step('own')], { p: 0.6 }))
    expect(options).toEqual({ transforms: [{ name: 'randomInvert', options: { p: 0.5 } }, { name: 'own' }], p: 0.6 })
    expect(JSON.parse(JSON.stringify(summaryOf(nested())))).toEqual(summaryOf(nested()))
  })

  test('are built-in ones if all their parts are; a custom part runs in the calling thread', () => {
    expect(isBuiltIn(nested())).toBe(true)
    expect(isDeterministic(nested())).toBe(false)
    const own = randomApply([randomOrder([compose([randomInvert(), step('own')])])])
    expect(isBuiltIn(own)).toBe(false)
    expect(toSpec(own)).toBeUndefined()
  })

  test('keep their own streams: steps behind them draw what they always draw', () => {
    const drawn: number[] = []
    const drawing: Transform<RgbImage, RgbImage> = {
      name: 'drawing',
      apply(view, random) {
        drawn.push(random.next())
        return view
      },
    }
    compose([nested(), drawing]).apply(image, seededRandom(3))
    compose([step('x'), drawing]).apply(image, seededRandom(3))
    expect(drawn[0]).toBe(drawn[1])
  })

  test('a part that throws is named', () => {
    const faulty: Transform<RgbImage, RgbImage> = {
      name: 'faulty',
      apply() {
        throw new Error('no')
      },
    }
    const run = () => randomOrder([grayscale(), faulty]).apply(image, seededRandom(0))
    expect(run).toThrow('The transform faulty (number 2 of the pipeline) threw an error')
  })

  test('modules inside them are imported', async () => {
    const code = 'export default { name: "dark", apply: (image) => image.lo(1, 1, 0) }'
    const module = transformModule(`data:text/javascript,${encodeURIComponent(code)}`)
    const whole = compose([randomChoice([randomApply([module], { p: 1 })])])
    const spec = toSpec(stepsOf(whole)[0]!)
    const [made] = await importModules([fromSpec(structuredClone(spec!))])
    const view = (made as Transform<RgbImage, RgbImage>).apply(image, seededRandom(0))
    expect(bytes(view)).toEqual(bytes(image.lo(1, 1, 0)))
  })

  test('a list is needed', () => {
    expect(() => randomApply([])).toThrow('randomApply: transforms must be a list of transforms')
    expect(() => randomOrder([toTensor, 5] as never)).toThrow('randomOrder: transforms must be a list of transforms')
  })
})

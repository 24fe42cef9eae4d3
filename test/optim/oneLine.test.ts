import { describe, expect, test } from 'vitest'
import { freeze } from '../../src/model/freeze.js'
import { adam, adamW } from '../../src/optim/adam.js'
import { lamb } from '../../src/optim/lamb.js'
import { lion } from '../../src/optim/lion.js'
import type { Optimizer } from '../../src/optim/Optimizer.js'
import { rmsProp } from '../../src/optim/rmsProp.js'
import { sgd } from '../../src/optim/sgd.js'
import { smallModel } from '../finetune/support/smallRun.js'

const model = await smallModel()
const optimizers = { adam, adamW, lamb, lion, rmsProp, sgd }

describe('an optimizer of a model', () => {
  test.each(Object.entries(optimizers))('%s: biases and norms do not decay', (kind, make) => {
    const optimizer: Optimizer = make(model, { lr: 0.1, weightDecay: 0.5 })
    const [weights, others, ...more] = optimizer.groups
    expect(optimizer.kind).toBe(kind)
    expect(more).toEqual([])
    expect(weights).toMatchObject({ name: 'weights', lr: 0.1, weightDecay: 0.5 })
    expect(others).toMatchObject({ name: 'biasesAndNorms', lr: 0.1, weightDecay: 0 })
    expect([...weights!.params, ...others!.params].sort()).toEqual([...model.trainable].sort())
    expect(others!.params).toEqual(model.trainable.filter((name) => /bn|downsample\.1|bias/.test(name)))
    expect(make(model, { lr: 0.1 }).groups.map(({ weightDecay }) => weightDecay)).toEqual(
      make([{ name: 'all', params: ['a'], lr: 0.1 }]).groups.flatMap(({ weightDecay }) => [weightDecay, 0]),
    )
  })

  test('has the parameters that are not frozen', async () => {
    const frozen = await smallModel()
    freeze(frozen, { upTo: 'layer4' })
    const params = adamW(frozen, { lr: 0.1 }).groups.map(({ params }) => params)
    expect(params).toEqual([['fc.weight'], ['fc.bias']])
    freeze(frozen, 'fc.bias')
    expect(adamW(frozen, { lr: 0.1 }).groups.map(({ name }) => name)).toEqual(['weights'])
  })

  test('needs a rate, which groups have themselves', () => {
    const refused = (option: string) =>
      expect.objectContaining({ code: 'options/invalid', facts: expect.objectContaining({ option }) })
    expect(() => adamW(model)).toThrow(refused('adamW: lr'))
    expect(() => sgd(model, { lr: -1 })).toThrow(refused('sgd: lr'))
    expect(() => sgd([{ name: 'all', params: ['a'], lr: 0.1 }], { lr: 0.1 })).toThrow(/lr/)
  })
})

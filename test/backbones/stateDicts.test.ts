import { expect, test } from 'vitest'
import { architectures } from '../../src/backbones/architectures.js'
import { stateDicts } from '../support/networksGolden.js'

test('there is a list of torchvision or timm for every network', () => {
  expect(Object.keys(stateDicts).sort()).toEqual(architectures.map(({ name }) => name).sort())
})

test.each(architectures)(
  '$name has the tensors of torchvision or timm, in its order',
  ({ name, build, head, defaultWidth }) => {
    const { tensors } = build({ classes: 1000, imageSize: 224, width: defaultWidth })
    const expected = stateDicts[name]!
    expect(tensors.map(({ name, dims }) => [name, ...dims])).toEqual(expected.tensors)
    const learned = tensors.flatMap(({ name, role }) => (role === 'parameter' ? [name] : []))
    expect(learned).toEqual(expected.parameters)
    expect(learned.slice(-2)).toEqual([head.weight, head.bias])
  },
)

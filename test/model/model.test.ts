import { describe, expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { type ErrorCode, isFineTuneError } from '../../src/errors.js'
import { freeze, freezeBatchNorm, unfreeze } from '../../src/model/freeze.js'
import { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { type ReplaceHeadOptions, replaceHead } from '../../src/model/replaceHead.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { float32, int64 } from '../../src/onnx/graph/tensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'

const SMALL = { weights: 'none', width: 4, imageSize: 32 } as const
const backbone = await loadBackbone('resnet18', { ...SMALL, classes: ['bun', 'hotdog', 'plate', 'sauce'] })
const classes = ['hotdog', 'not-hotdog'] as const
const make = (options: Partial<ReplaceHeadOptions> = {}): Model => replaceHead(backbone, { classes, ...options })
const FEATURES = 32

function messageOf(code: ErrorCode, action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (isFineTuneError(error, code)) return error.message
    throw error
  }
  return expect.fail(`No ${code}`)
}

describe('Model', () => {
  test('gives and takes tensors by name', () => {
    const model = make()
    const bias = float32([1, 2], [2])
    model.set('fc.bias', bias)
    expect(model.get('fc.bias')).toBe(bias)
    expect(model.get('bn1.running_mean').dims).toEqual([4])
    expect(messageOf('model/unknown-tensor', () => model.get('fc.scale'))).toContain('no tensor fc.scale')
    expect(messageOf('model/shape', () => model.set('fc.bias', float32([1, 2], [2, 1])))).toBe(
      'fc.bias must be float32 [2]. Received: float32 [2, 1]',
    )
    expect(messageOf('model/shape', () => model.set('fc.bias', int64([1, 2])))).toContain('int64 [2]')
    const short = { ...bias, data: Float32Array.of(1) }
    expect(messageOf('options/invalid', () => model.set('fc.bias', short))).toContain(
      'as many elements as its dims say',
    )
  })

  test('knows its size', async () => {
    const { parameterCount, inputSize } = replaceHead(await loadBackbone('resnet18', { weights: 'none' }), { classes })
    expect(parameterCount).toBe(11_689_512 - 998 * 513)
    expect(inputSize).toEqual({ height: 224, width: 224 })
  })
})

describe('replaceHead', () => {
  test('leaves the backbone as it is', () => {
    const before = new Map(backbone.graph.initializers)
    const model = make({ from: { hotdog: 1 } })
    model.set('conv1.weight', float32(new Float32Array(4 * 3 * 49), [4, 3, 7, 7]))
    expect(backbone.graph.initializers).toEqual(before)
    expect(backbone.graph.outputs[0]!.shape).toEqual(['N', 4])
    expect(model.graph.outputs[0]!.shape).toEqual(['N', 2])
    expect(model.get('fc.weight').dims).toEqual([2, FEATURES])
    expect(model.classes).toEqual(classes)
  })

  test.each([
    ['xavierUniform', Math.sqrt(6 / (FEATURES + 2)), 1 / Math.sqrt(FEATURES)],
    ['kaimingUniform', 1 / Math.sqrt(FEATURES), 1 / Math.sqrt(FEATURES)],
    ['zeros', 0, 0],
  ] as const)('%s stays within its bounds and reaches them', (init, weightBound, biasBound) => {
    const model = make({ init })
    const reach = (name: string) => Math.max(...model.get(name).data.map(Math.abs))
    expect(reach('fc.weight')).toBeLessThanOrEqual(weightBound)
    expect(reach('fc.weight')).toBeGreaterThanOrEqual(weightBound * 0.9)
    expect(reach('fc.bias')).toBeLessThanOrEqual(biasBound)
  })

  test('one seed gives one head', () => {
    expect(make({ seed: 5 }).get('fc.weight')).toEqual(make({ seed: 5 }).get('fc.weight'))
    expect(make({ seed: 5 }).get('fc.weight')).not.toEqual(make({ seed: 6 }).get('fc.weight'))
  })

  test('takes rows of the old head, by index or by name', () => {
    const old = {
      weight: backbone.graph.initializers.get('fc.weight')!.data as Float32Array,
      bias: backbone.graph.initializers.get('fc.bias')!.data as Float32Array,
    }
    for (const hotdog of [1, 'hotdog']) {
      const model = make({ from: { hotdog } })
      expect(model.get('fc.weight').data.subarray(0, FEATURES)).toEqual(old.weight.subarray(FEATURES, 2 * FEATURES))
      expect(model.get('fc.bias').data[0]).toBe(old.bias[1])
      expect(model.get('fc.weight').data.subarray(FEATURES)).toEqual(make().get('fc.weight').data.subarray(FEATURES))
    }
    const second = make({ from: { 'not-hotdog': 3 } })
    expect(second.get('fc.weight').data.subarray(FEATURES)).toEqual(old.weight.subarray(3 * FEATURES))
    expect(second.get('fc.bias').data[1]).toBe(old.bias[3])
  })

  test('takes a model as well, with the class names it has', () => {
    const again = replaceHead(make(), { classes: ['dog', 'hotdog', 'cat'], from: { hotdog: 'hotdog' } })
    expect(again.get('fc.weight').data.subarray(FEATURES, 2 * FEATURES)).toEqual(
      make().get('fc.weight').data.subarray(0, FEATURES),
    )
  })

  test('says which class of the old or new head is not there', () => {
    expect(messageOf('model/unknown-class', () => make({ from: { hotdog: 4 } }))).toContain('has classes 0 to 3')
    expect(messageOf('model/unknown-class', () => make({ from: { hotdog: 'cat' } }))).toContain(
      'has bun, hotdog, plate, sauce',
    )
    expect(messageOf('model/unknown-class', () => make({ from: { cat: 1 } }))).toContain(
      'the new classes are hotdog, not-hotdog',
    )
    const nameless = { ...backbone, classes: undefined }
    expect(
      messageOf('model/unknown-class', () => replaceHead(nameless, { classes, from: { hotdog: 'hotdog' } })),
    ).toContain('give an index')
  })

  test('says that there is no head', () => {
    const head = { weight: 'classifier.weight', bias: 'classifier.bias' }
    expect(messageOf('model/no-head', () => replaceHead({ ...backbone, head }, { classes }))).toContain(
      'classifier.weight',
    )
    const graph = backbone.graph.clone()
    graph.outputs = [{ name: '/Flatten_output_0' }]
    expect(messageOf('model/no-head', () => replaceHead({ ...backbone, graph }, { classes }))).toContain(
      '/Flatten_output_0',
    )
  })

  test.each([
    [{ classes: [] }],
    [{ classes: ['one'] }],
    [{ classes: ['a', 'a'] }],
    [{ classes: ['a', ''] }],
    [{ classes, init: 'ones' }],
    [{ classes, from: { hotdog: -1 } }],
    [{ classes, size: 2 }],
    [{}],
  ])('refuses %j', (options) => {
    expect(messageOf('options/invalid', () => replaceHead(backbone, options as ReplaceHeadOptions))).toContain(
      'replaceHead',
    )
  })
})

describe('freeze', () => {
  test('takes a regular expression, a name, a module, a list or a place in the network', () => {
    const frozen = (pattern: Parameters<typeof freeze>[1]) => {
      const model = make()
      const names = freeze(model, pattern)
      expect(names).toEqual(model.parameters.filter((name) => model.frozen.has(name)))
      expect(model.trainable).toEqual(model.parameters.filter((name) => !names.includes(name)))
      return names
    }
    expect(frozen(/^layer1\.0\.bn/g)).toEqual([1, 2].flatMap((i) => [`layer1.0.bn${i}.weight`, `layer1.0.bn${i}.bias`]))
    expect(frozen('fc')).toEqual(['fc.weight', 'fc.bias'])
    expect(frozen('layer1')).toHaveLength(12)
    expect(frozen(['fc.bias', 'conv1.weight'])).toEqual(['conv1.weight', 'fc.bias'])
    const upTo = frozen({ upTo: 'layer3' })
    expect(upTo[0]).toBe('conv1.weight')
    expect(upTo.at(-1)).toBe('layer3.1.bn2.bias')
    expect(upTo).toHaveLength(3 + 12 + 15 + 15)
    expect(frozen({ upTo: 'conv1' })).toEqual(['conv1.weight'])
  })

  test('says that a pattern means nothing', () => {
    for (const pattern of [/layer9/, 'layer9', 'lay', ['fc', 'layer9'], { upTo: 'layer9' }, []])
      expect(messageOf('model/no-match', () => freeze(make(), pattern))).toMatch(/layer9|lay|empty/)
    expect(messageOf('options/invalid', () => freeze(make(), undefined as never))).toContain('pattern')
  })

  test('freezeBatchNorm freezes them by what they are, not by their names', () => {
    const model = make()
    expect(freezeBatchNorm(model)).toEqual(model.parameters.filter((name) => /bn\d|downsample\.1/.test(name)))
    expect(model.trainable).toContain('layer2.0.downsample.0.weight')
    const { architecture, preprocessing, head } = model
    const g = new GraphBuilder()
    g.initializer(head.weight, float32([1, 2, 3, 4], [2, 2]))
    g.initializer(head.bias, float32([0, 0], [2]))
    const logits = g.op('Gemm', [g.input('x', 'float32', ['N', 2]), head.weight, head.bias], { transB: 1 })
    g.output(logits, 'float32', ['N', 2])
    const parameters = [head.weight, head.bias]
    const linear = new Model({
      ...{ architecture, preprocessing, head, classes, parameters },
      graph: g.graph,
      buffers: [],
    })
    expect(messageOf('model/no-match', () => freezeBatchNorm(linear))).toContain('Batch norm matches no parameter')
  })

  test('unfreeze takes it back', () => {
    const model = make()
    freeze(model, { upTo: 'layer4' })
    expect(unfreeze(model, 'layer4')).toHaveLength(15)
    expect(model.trainable).toHaveLength(17)
    unfreeze(model)
    expect(model.frozen.size).toBe(0)
  })
})

describe('paramGroups', () => {
  test('backbone and head, with a multiple of the rate', () => {
    const groups = paramGroups(make(), { lr: 5e-5, headLrMultiplier: 10, weightDecay: 1e-3 })
    expect(groups.map(({ params, ...rest }) => ({ ...rest, count: params.length }))).toEqual([
      { name: 'backbone', lr: 5e-5, weightDecay: 1e-3, count: 60 },
      { name: 'head', lr: 5e-5 * 10, weightDecay: 1e-3, count: 2 },
    ])
    expect(groups[1]!.params).toEqual(['fc.weight', 'fc.bias'])
    expect(paramGroups(make(), { lr: 1, momentum: 0.9, nesterov: true })[1]).toMatchObject({
      lr: 1,
      momentum: 0.9,
      nesterov: true,
    })
  })

  test('frozen parameters are left out, and groups without others', () => {
    const model = make()
    freeze(model, { upTo: 'layer3' })
    expect(paramGroups(model, { lr: 1 }).map(({ params }) => params.length)).toEqual([15, 2])
    freeze(model, 'layer4')
    expect(paramGroups(model, { lr: 1 }).map(({ name }) => name)).toEqual(['head'])
    freeze(model, 'fc')
    expect(messageOf('model/nothing-to-train', () => paramGroups(model, { lr: 1 }))).toContain('All 62 parameters')
  })

  test('groups by pattern', () => {
    const groups = paramGroups(make(), {
      groups: [
        { name: 'norm', match: /bn|downsample\.1/, lr: 1, weightDecay: 0 },
        { name: 'weights', match: /conv|downsample\.0/, lr: 2, weightDecay: 0.1 },
        { name: 'head', match: 'fc', lr: 3 },
      ],
    })
    expect(groups.map(({ name, lr, params }) => [name, lr, params.length])).toEqual([
      ['norm', 1, 40],
      ['weights', 2, 20],
      ['head', 3, 2],
    ])
    expect(groups[2]).toEqual({ name: 'head', lr: 3, params: ['fc.weight', 'fc.bias'] })
  })

  test('says which parameter is in no group, or in two', () => {
    const all = { name: 'all', match: /./, lr: 1 }
    const head = { name: 'head', match: 'fc', lr: 1 }
    const fromLayer1 = { name: 'layers', match: /layer/, lr: 1 }
    const ungrouped = messageOf('model/ungrouped', () => paramGroups(make(), { groups: [head, fromLayer1] }))
    expect(ungrouped).toContain('conv1.weight, bn1.weight, bn1.bias')
    const twice = messageOf('model/in-two-groups', () => paramGroups(make(), { groups: [all, head] }))
    expect(twice).toContain('fc.weight is in more than one parameter group: all, head')
    const model = make()
    freeze(model, 'fc')
    expect(paramGroups(model, { groups: [all, head] }).map(({ name }) => name)).toEqual(['all'])
    const none = messageOf('model/no-match', () => paramGroups(make(), { groups: [all, { ...head, match: 'layer9' }] }))
    expect(none).toContain('layer9')
  })

  test.each([
    [{ lr: -1 }],
    [{}],
    [undefined],
    [{ lr: 1, momentum: 1 }],
    [{ groups: [] }],
    [{ lr: 1, groups: [{ name: 'a', match: 'fc', lr: 1 }] }],
    [
      {
        groups: [
          { name: 'a', match: 'fc', lr: 1 },
          { name: 'a', match: 'conv1', lr: 1 },
        ],
      },
    ],
  ])('refuses %j', (options) => {
    expect(messageOf('options/invalid', () => paramGroups(make(), options as never))).toContain('paramGroups')
  })
})

describe('saveWeights', () => {
  test('writes what torch loads and loadBackbone reads back', async () => {
    const model = make()
    const bytes = saveWeights(model)
    const { tensors, metadata } = readSafetensors(bytes)
    expect(tensors.size).toBe(62 + 40 + 20)
    expect(tensors.get('layer1.0.bn1.num_batches_tracked')).toEqual(int64([0], []))
    expect(Object.fromEntries(metadata)).toEqual({
      format: 'pt',
      architecture: 'resnet18',
      classes: '["hotdog","not-hotdog"]',
      width: String(SMALL.width),
      imageSize: String(SMALL.imageSize),
      preprocessing: expect.stringMatching(
        /^{"resize":\d+,"crop":\d+,"mean":\[0.485,0.456,0.406],"std":\[0.229,0.224,0.225]}$/,
      ),
    })
    const again = await loadBackbone('resnet18', { ...SMALL, weights: bytes })
    expect(again.graph.initializers).toEqual(new Map(model.graph.initializers))
    expect(again.classes).toEqual(classes)
  })

  test('in half precision: half the bytes, numbers rounded to nearest', async () => {
    const model = make()
    const bytes = saveWeights(model, { precision: 'float16' })
    expect(bytes.length).toBeLessThan(saveWeights(model).length * 0.6)
    const again = await loadBackbone('resnet18', { ...SMALL, weights: bytes })
    for (const [name, { data }] of again.graph.initializers) {
      const exact = model.get(name).data
      expect(
        (data as Float32Array).every((half, i) => Math.abs(half - exact[i]!) <= Math.abs(half) / 2000 + 6e-8),
      ).toBe(true)
    }
  })

  test('half precision refuses what it cannot hold', () => {
    const model = make()
    model.get('layer1.0.bn1.running_var').data[0] = 7e4
    expect(messageOf('weights/unwritable', () => saveWeights(model, { precision: 'float16' }))).toContain('7')
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LoadBackboneOptions, loadBackbone } from '../../src/backbones/loadBackbone.js'
import { type ErrorCode, type ErrorInfo, isFineTuneError } from '../../src/errors.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { Graph } from '../../src/onnx/graph/graph.js'
import { float32ToBfloat16, float32ToFloat16 } from '../../src/onnx/graph/halfFloats.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { writeSafetensors } from '../../src/weights/writeSafetensors.js'

const SMALL = { width: 4, imageSize: 32 } as const
const { graph } = await loadBackbone('resnet18', { weights: 'none', classes: 3, ...SMALL })
const tensors = () => new Map<string, Tensor>(graph.initializers)
const load = (weights: LoadBackboneOptions['weights'], options: Partial<LoadBackboneOptions> = {}) =>
  loadBackbone('resnet18', { weights, ...SMALL, ...options })

async function failure<C extends ErrorCode>(
  promise: Promise<unknown>,
  code: C,
): Promise<ErrorInfo<C> & { message: string }> {
  const error = await promise.then(
    () => expect.fail('No error'),
    (error: unknown) => error,
  )
  if (!isFineTuneError(error, code)) throw error
  return { ...error.facts, message: error.message }
}

describe('from a file', () => {
  let directory: string
  const bytes = writeSafetensors(tensors())
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'onnx-finetune-'))
    await writeFile(join(directory, 'small.safetensors'), bytes)
  })
  afterAll(() => rm(directory, { recursive: true }))

  test('its path, its URL or its bytes', async () => {
    const path = join(directory, 'small.safetensors')
    for (const weights of [path, pathToFileURL(path), bytes]) {
      const backbone = await load(weights)
      expect(backbone.graph.initializers).toEqual(graph.initializers)
      expect(backbone.graph.outputs[0]!.shape).toEqual(['N', 3])
    }
  })

  test('float16 and bfloat16 become float32; num_batches_tracked is passed over', async () => {
    const narrow = tensors()
    const [a, b] = [
      Float32Array.from(graph.initializers.get('conv1.weight')!.data as Float32Array),
      Float32Array.of(1, 2, 3),
    ]
    narrow.set('conv1.weight', { type: 'float16', dims: [4, 3, 7, 7], data: float32ToFloat16(a) })
    narrow.set('fc.bias', { type: 'bfloat16', dims: [3], data: float32ToBfloat16(b) })
    narrow.set('bn1.num_batches_tracked', int64([7], []))
    const { graph: read } = await load(writeSafetensors(narrow))
    expect(read.initializers.get('fc.bias')).toEqual(float32([1, 2, 3], [3]))
    const conv1 = read.initializers.get('conv1.weight') as Tensor<'float32'>
    expect(conv1.type).toBe('float32')
    for (const [i, value] of conv1.data.entries()) expect(value).toBeCloseTo(a[i]!, 3)
    expect(read.initializers.has('bn1.num_batches_tracked')).toBe(false)
  })

  test('prefixes of wrappers are passed over', async () => {
    const wrapped = new Map([...tensors()].map(([name, tensor]) => [`module._orig_mod.${name}`, tensor]))
    expect((await load(writeSafetensors(wrapped))).graph.initializers).toEqual(graph.initializers)
  })

  test('the content of a file decides, not its name', async () => {
    const path = join(directory, 'small.pth')
    await writeFile(path, bytes)
    expect((await load(path)).graph.initializers).toEqual(graph.initializers)
  })

  test('an ONNX model that is another network is pointed to its own loader', async () => {
    const model = new Graph()
    model.inputs = [{ name: 'x', type: 'float32', shape: [1] }]
    model.outputs = [{ name: 'x', type: 'float32', shape: [1] }]
    expect((await failure(load(writeModel(model)), 'backbones/onnx-model')).message).toContain('loadOnnxBackbone')
  })

  test('class names come from its metadata, if that lists them, or from the options', async () => {
    const named = (classes: string) => writeSafetensors(tensors(), new Map([['classes', classes]]))
    expect((await load(named('["a","b","c"]'))).classes).toEqual(['a', 'b', 'c'])
    expect((await load(named('["a","b"]'))).classes).toBeUndefined()
    expect((await load(named('imagenet-1k'))).classes).toBeUndefined()
    expect((await load(bytes, { classes: ['x', 'y', 'z'] })).classes).toEqual(['x', 'y', 'z'])
  })

  test('every tensor that is missing, misshapen or unexpected is named', async () => {
    const broken = tensors()
    broken.delete('layer1.0.bn1.weight')
    broken.delete('layer3.1.conv2.weight')
    broken.set('conv1.weight', float32(new Float32Array(4 * 3 * 3 * 3), [4, 3, 3, 3]))
    broken.set('fc.weight', int64(new Array(96).fill(1), [3, 32]))
    broken.set('extra', float32([1], [1]))
    const facts = await failure(load(writeSafetensors(broken)), 'backbones/mismatch')
    expect(facts.missing).toEqual(['layer1.0.bn1.weight', 'layer3.1.conv2.weight'])
    expect(facts.misshapen).toEqual([
      { tensor: 'conv1.weight', received: 'float32 [4, 3, 3, 3]', expected: 'floats [4, 3, 7, 7]' },
      { tensor: 'fc.weight', received: 'int64 [3, 32]', expected: 'floats [3, 32]' },
    ])
    expect(facts.unexpected).toEqual(['extra'])
    expect(facts.message).toContain('2 missing (layer1.0.bn1.weight, layer3.1.conv2.weight)')
    expect(facts.message).toContain('conv1.weight: float32 [4, 3, 3, 3] where floats [4, 3, 7, 7] is expected')
  })

  test('a deeper network is not taken for a shallow one, unless extra tensors are welcome', async () => {
    const deeper = await loadBackbone('resnet34', { weights: 'none', classes: 3, ...SMALL })
    const file = writeSafetensors(deeper.graph.initializers)
    const { unexpected, missing } = await failure(load(file), 'backbones/mismatch')
    expect(missing).toEqual([])
    expect(unexpected).toContain('layer1.2.conv1.weight')
    expect((await load(file, { ignoreUnexpected: true })).parameters).toHaveLength(62)
  })

  test('a number of classes that is not that of the file is an error', async () => {
    const { misshapen } = await failure(load(bytes, { classes: 4 }), 'backbones/mismatch')
    expect(misshapen.map(({ tensor }) => tensor)).toEqual(['fc.weight', 'fc.bias'])
  })

  test('a file that is absent or malformed is named', async () => {
    const absent = join(directory, 'absent.safetensors')
    expect((await failure(load(absent), 'weights/unreadable')).source).toBe(absent)
    await writeFile(join(directory, 'broken.safetensors'), 'PK\u0003\u0004 a zip, as torch.save writes')
    const facts = await failure(load(join(directory, 'broken.safetensors')), 'weights/malformed')
    expect(facts.source).toContain('broken.safetensors')
    expect(facts.message).toContain('broken.safetensors')
  })
})

describe('options', () => {
  test('an unknown backbone and unknown weights are told what there is', async () => {
    const backbone = await failure(loadBackbone('resnet19', { weights: 'none' }), 'backbones/unknown')
    expect(backbone.message).toContain('There is no backbone resnet19. Known: resnet18, resnet34, resnet50, ')
    const weights = await failure(loadBackbone('resnet18', { weights: 'IMAGENET1K_V9' }), 'backbones/unknown-weights')
    expect(weights.message).toContain("resnet18 has no weights named IMAGENET1K_V9. Known: 'none', 'IMAGENET1K_V1'")
    expect(weights.message).toContain('safetensors')
  })

  test.each([
    [{}, 'weights'],
    [{ weights: 3 }, 'weights'],
    [{ weights: 'none', imageSize: 0 }, 'imageSize'],
    [{ weights: 'none', seed: 1.5 }, 'seed'],
    [{ weights: 'none', classes: [] }, 'classes'],
    [{ weights: 'none', imagesize: 3 }, 'imagesize'],
    [undefined, 'loadBackbone'],
  ])('%j', async (options, named) => {
    const facts = await failure(loadBackbone('resnet18', options as LoadBackboneOptions), 'options/invalid')
    expect(facts.message).toContain(named)
  })

  test('an aborted signal stops it', async () => {
    await expect(load('none', { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
    const controller = new AbortController()
    const loading = load('./some.safetensors', { signal: controller.signal })
    controller.abort()
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' })
  })
})

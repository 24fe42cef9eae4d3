import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { afterEach, describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { readCheckpoint } from '../../src/artifacts/readCheckpoint.js'
import { writeCheckpoint } from '../../src/artifacts/writeCheckpoint.js'
import { readModel } from '../../src/onnx/format/read.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { type SessionOptions, TrainingSession, type TrainingSessionFiles } from '../../src/training.js'
import { officialFeeds, officialTraining } from '../artifacts/officialTraining.js'
import { batch, golden, groups, parameters, smallNet, statistics } from '../session/support/smallNet.js'
import { expectClose } from '../support/compare.js'
import { honest, serve } from '../support/fileServer.js'

const open: { release(): Promise<void> }[] = []
const directories: string[] = []
afterEach(async () => {
  for (const session of open.splice(0)) await session.release()
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true })
})

async function filesOf(optimizer: 'adamW' | 'sgd' | ReturnType<typeof sgd> = 'adamW', batchNorm = false) {
  const requiresGrad = parameters.filter((name) => batchNorm || !name.startsWith('bn'))
  const artifacts = await generateArtifacts(smallNet(batchNorm), {
    requiresGrad,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs: ['logits'],
    optimizer,
  })
  const { trainingModel: trainModel, evalModel, optimizerModel, checkpoint } = artifacts
  return { trainModel, evalModel, optimizerModel, checkpointState: writeCheckpoint(checkpoint) }
}

async function start(files: TrainingSessionFiles, options: SessionOptions = {}): Promise<TrainingSession> {
  const session = await TrainingSession.create(files, { intraOpNumThreads: 1, ...options })
  open.push(session)
  return session
}

async function startOfficial(files: Awaited<ReturnType<typeof filesOf>>) {
  const session = await officialTraining(files)
  open.push(session)
  return session
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'training-'))
  directories.push(directory)
  return directory
}

const lossOf = (results: Record<string, { readonly data: ArrayLike<unknown> }>): number => {
  const loss = Object.keys(results).find((name) => name.startsWith('onnx::loss'))!
  return Number(results[loss]!.data[0])
}
const rejects = (run: Promise<unknown>, code: string, message: RegExp) =>
  expect(run).rejects.toMatchObject({ code, message: expect.stringMatching(message) })

describe('as the official session does', () => {
  test('gradients add up until they are reset, through an optimizer step too', async () => {
    const files = await filesOf()
    const [ours, theirs] = [await start(files), await startOfficial(files)]
    const before = (await ours.getContiguousParameters()).data
    expect(ours.trainingInputNames).toEqual(theirs.trainingInputNames)
    expect(ours.trainingOutputNames).toEqual(theirs.trainingOutputNames)
    for (const call of ['train', 'train', 'step', 'train', 'step', 'step', 'reset', 'train', 'step', 'train']) {
      const feeds = batch(0)
      if (call === 'train') {
        const [actual, expected] = [
          await ours.runTrainStep(feeds),
          await theirs.runTrainStep(await officialFeeds(feeds)),
        ]
        expect(Math.abs(lossOf(actual) / lossOf(expected) - 1)).toBeLessThan(1e-6)
      }
      if (call === 'step') await Promise.all([ours.runOptimizerStep(), theirs.runOptimizerStep()])
      if (call === 'reset') await Promise.all([ours.lazyResetGrad(), theirs.lazyResetGrad()])
    }
    const [actual, expected] = [await ours.getContiguousParameters(), await theirs.getContiguousParameters(true)]
    const moved = ({ data }: { data: Float32Array }) =>
      float32(
        data.map((value, i) => value - before[i]!),
        [data.length],
      )
    // Four steps of 1e-3: a gradient that is off by a thousandth would be seen.
    expectClose(moved(actual), moved(expected), 1e-4, 'what the weights changed by')
  })

  test('parameters come in a row, in the same order, and go in again', async () => {
    const files = await filesOf('adamW', true)
    const [ours, theirs] = [await start(files), await startOfficial(files)]
    for (const trainableOnly of [true, false]) {
      const row = await ours.getContiguousParameters(trainableOnly)
      expect(row.data).toEqual((await theirs.getContiguousParameters(trainableOnly)).data)
      expect([row.type, row.size]).toEqual(['float32', await ours.getParametersSize(trainableOnly)])
    }
    const before = await ours.getContiguousParameters(false)
    const doubled = before.data.map((value) => 2 * value)
    await ours.loadParametersBuffer(new Uint8Array(doubled.buffer), false)
    expect((await ours.getContiguousParameters(false)).data).toEqual(doubled)
    await ours.loadParametersBuffer(before.data.slice(0, await ours.getParametersSize()))
    const mixed = await ours.getContiguousParameters(false)
    const size = await ours.getParametersSize()
    expect(mixed.data.slice(0, size)).toEqual(before.data.slice(0, size))
    expect(mixed.data.slice(size)).toEqual(doubled.slice(size))
    await rejects(ours.loadParametersBuffer(new Uint8Array(12)), 'options/invalid', /bytes long.*12 bytes/)
  })

  test('feeds are tensors of onnxruntime, outputs can be chosen or filled', async () => {
    const session = await start(await filesOf())
    const feeds = Object.fromEntries(
      Object.entries(batch(0)).map(([name, { type, data, dims }]) => [
        name,
        new OrtTensor(type as 'float32', data as Float32Array, dims),
      ]),
    )
    const all = await session.runTrainStep(feeds, { tag: 'step', logSeverityLevel: 3 })
    expect(all.logits).toMatchObject({ type: 'float32', dims: [5, 3], size: 15 })
    expect(await session.runTrainStep(feeds, ['logits'])).toEqual({ logits: all.logits })
    const logits = { type: 'float32', dims: [5, 3], data: new Float32Array(15) }
    const filled = await session.runEvalStep(feeds, { logits }, {})
    expect(filled.logits).toBe(logits)
    expect(await session.runEvalStep(feeds, { logits: null })).toEqual({ logits: { ...logits, size: 15 } })
    await rejects(session.runTrainStep(feeds, ['nope']), 'options/invalid', /among onnx::loss.*logits.*nope/)
    await rejects(
      session.runEvalStep(feeds, { logits: { ...logits, data: new Float32Array(3) } }),
      'options/invalid',
      /15 elements of float32/,
    )
    await rejects(session.runTrainStep({ input: feeds.input! }), 'session/bad-feed', /labels/)
    await rejects(session.runTrainStep({ ...feeds, labels: 3 as never }), 'session/bad-feed', /labels.*number/)
  })

  test('files are bytes, paths or URLs', async () => {
    const directory = await temporaryDirectory()
    const files = await filesOf('sgd')
    const first = await start(files)
    await first.saveArtifacts(directory)
    const expected = await first.getContiguousParameters()
    const url = pathToFileURL(`${directory}/`)
    const server = await serve({ '/training': honest(files.trainModel) })
    open.push({ release: () => server.close() })
    const session = await start({
      checkpointState: new URL('checkpoint', url),
      trainModel: `${server.url}/training`,
      evalModel: `${directory}/eval_model.onnx`,
      optimizerModel: files.optimizerModel.slice().buffer as ArrayBuffer,
    })
    expect(await session.getContiguousParameters()).toEqual(expected)
    await session.runTrainStep(batch(0))
    await session.runOptimizerStep()
  })
})

describe('what its users asked for', () => {
  test('a learning rate that can be set and scheduled, by group too', async () => {
    const steps: number[] = []
    const schedule = (step: number) => {
      steps.push(step)
      return 0
    }
    const session = await start(await filesOf(sgd(groups), true), { schedule })
    expect([session.learningRate, session.learningRates]).toEqual([0.05, { body: 0.05, head: 0.5 }])
    const before = await session.getContiguousParameters()
    await session.runTrainStep(batch(0))
    await session.runOptimizerStep()
    expect((await session.getContiguousParameters()).data).toEqual(before.data)
    session.schedule = (step) => step
    session.learningRates = { body: 0 }
    await session.runOptimizerStep()
    const after = await session.getContiguousParameters()
    const head = after.size - golden.start['fc.weight']!.data.length - golden.start['fc.bias']!.data.length
    expect(after.data.slice(0, head)).toEqual(before.data.slice(0, head))
    expect(after.data.slice(head)).not.toEqual(before.data.slice(head))
    expect(steps).toEqual([0])
    session.learningRate = 0.25
    expect(session.learningRates).toEqual({ body: 0.25, head: 0.25 })
    expect(() => (session.learningRate = -1)).toThrow(/learningRate.*-1/)
    expect(() => (session.learningRates = { tail: 1 })).toThrow(/tail/)
    expect(() => (session.schedule = 3 as never)).toThrow(/function/)
  })

  test('the checkpoint can be saved, and training goes on from it, rates and schedule included', async () => {
    const path = join(await temporaryDirectory(), 'checkpoint')
    const files = await filesOf()
    const schedule = (step: number) => 1 / (1 + step)
    const through = await start(files, { learningRate: 0.01, schedule })
    const step = async (session: TrainingSession, i: number) => {
      const loss = lossOf(await session.runTrainStep(batch(i)))
      await session.runOptimizerStep()
      await session.lazyResetGrad()
      return loss
    }
    await step(through, 0)
    const bytes = await through.saveCheckpoint(path)
    expect(new Uint8Array(await readFile(path))).toEqual(bytes)
    const resumed = await start({ ...files, checkpointState: path }, { schedule })
    expect(resumed.learningRate).toBe(0.01)
    for (const i of [1, 2]) expect(await step(resumed, i)).toBe(await step(through, i))
    expect(await resumed.saveCheckpoint()).toEqual(await through.saveCheckpoint())
    // Without an optimizer model its state is kept as it is.
    const bare = await start({ checkpointState: path, trainModel: files.trainModel })
    expect(readCheckpoint(await bare.saveCheckpoint())).toEqual(readCheckpoint(bytes))
  })

  test.each([
    ['adamW', 'onnxruntime-node'],
    ['sgd', 'onnxruntime-node'],
    ['adamW', 'onnxruntime-web'],
  ] as const)("Microsoft's training build goes on from saved artifacts: %s, %s", async (optimizer, runtime) => {
    const directory = await temporaryDirectory()
    const ours = await start(await filesOf(optimizer), { runtime })
    for (const i of [0, 1]) {
      await ours.runTrainStep(batch(i))
      await ours.runOptimizerStep()
      await ours.lazyResetGrad()
    }
    await ours.saveArtifacts(directory)
    const read = async (file: string) => new Uint8Array(await readFile(`${directory}/${file}`))
    const theirs = await startOfficial({
      checkpointState: await read('checkpoint'),
      trainModel: await read('training_model.onnx'),
      evalModel: await read('eval_model.onnx'),
      optimizerModel: await read('optimizer_model.onnx'),
    })
    for (let i = 0; i < 10; i++) {
      const feeds = batch(i % 3)
      const [actual, expected] = [await ours.runTrainStep(feeds), await theirs.runTrainStep(await officialFeeds(feeds))]
      expect(Math.abs(lossOf(actual) / lossOf(expected) - 1)).toBeLessThan(1e-5)
      await Promise.all([ours.runOptimizerStep(), theirs.runOptimizerStep()])
      await Promise.all([ours.lazyResetGrad(), theirs.lazyResetGrad()])
    }
  })

  test.each([0.05, 1e3])(
    'gradients are clipped to a norm of %d as the official optimizer model does it',
    async (norm) => {
      const files = await filesOf()
      const optimizer = readModel(files.optimizerModel)
      const [step] = optimizer.nodes
      step!.inputs = step!.inputs.map((input) => (input === 'gradients' ? 'clipped' : input))
      const attributes = { max_norm: { type: 'float', value: norm } } as const
      const clip = { name: 'clip', opType: 'InplaceClipGradNorm', domain: 'com.microsoft', attributes }
      optimizer.nodes = [{ ...clip, inputs: ['gradients'], outputs: ['clipped'] }, step!]
      const changed = { ...files, optimizerModel: writeModel(optimizer) }
      const [ours, theirs] = [await start(changed), await startOfficial(changed)]
      // AdamW takes no notice of the size of its gradients, but of how it changes.
      for (const labels of [
        [0, 1, 2, 0, 1],
        [0, 0, 0, 0, 0],
        [2, 1, 0, 1, 2],
      ]) {
        const feeds = { ...batch(0), labels: int64(labels) }
        const [actual, expected] = [
          await ours.runTrainStep(feeds),
          await theirs.runTrainStep(await officialFeeds(feeds)),
        ]
        expect(Math.abs(lossOf(actual) / lossOf(expected) - 1)).toBeLessThan(1e-5)
        for (const session of [ours, theirs]) {
          await session.runOptimizerStep()
          await session.lazyResetGrad()
        }
      }
      const [actual, expected] = [await ours.getContiguousParameters(), await theirs.getContiguousParameters(true)]
      for (const [i, value] of expected.data.entries()) expect(actual.data[i]).toBeCloseTo(value, 5)
    },
  )

  test.each([0, 1])('AdamW in adam_mode %i, with weight decay, is the official one', async (mode) => {
    const files = await filesOf()
    const optimizer = readModel(files.optimizerModel)
    Object.assign(optimizer.nodes[0]!.attributes, {
      adam_mode: { type: 'int', value: mode },
      weight_decay: { type: 'float', value: 0.1 },
      epsilon: { type: 'float', value: 1e-8 },
    })
    const changed = { ...files, optimizerModel: writeModel(optimizer) }
    const [ours, theirs] = [await start(changed), await startOfficial(changed)]
    for (let i = 0; i < 5; i++) {
      const [actual, expected] = [
        await ours.runTrainStep(batch(i % 3)),
        await theirs.runTrainStep(await officialFeeds(batch(i % 3))),
      ]
      expect(Math.abs(lossOf(actual) / lossOf(expected) - 1)).toBeLessThan(1e-5)
      await Promise.all([ours.runOptimizerStep(), theirs.runOptimizerStep()])
      await Promise.all([ours.lazyResetGrad(), theirs.lazyResetGrad()])
    }
    const [actual, expected] = [await ours.getContiguousParameters(), await theirs.getContiguousParameters(true)]
    for (const [i, value] of expected.data.entries()) expect(actual.data[i]).toBeCloseTo(value, 4)
  })

  test('the inference model needs no labels and gives the scores of the evaluation', async () => {
    const session = await start(await filesOf('adamW', true))
    await session.runTrainStep(batch(0))
    await session.runOptimizerStep()
    const { logits } = await session.runEvalStep(batch(1))
    const input = batch(1).input!
    for (const names of [undefined, ['logits']]) {
      const inference = await InferenceSession.create(await session.exportInferenceModel(names))
      expect([inference.inputNames, inference.outputNames]).toEqual([['input'], ['logits']])
      const results = await inference.run({ input: new OrtTensor('float32', input.data as Float32Array, input.dims) })
      for (const [i, value] of (logits!.data as Float32Array).entries())
        expect(results.logits!.data[i]).toBeCloseTo(value, 5)
      await inference.release()
    }
    await rejects(session.exportInferenceModel(['nope']), 'options/invalid', /nope/)
  })

  test.each(['in the checkpoint', 'in the models'])('running statistics update where they are %s', async (where) => {
    const files = await filesOf('sgd', true)
    const official = asOfficial(files, where === 'in the models')
    const [expected, still, moving] = [
      await start(files),
      await start(official),
      await start(official, { updateRunningStatistics: true }),
    ]
    const before = lossOf(await still.runEvalStep(batch(0)))
    for (const session of [expected, still, moving]) await session.runTrainStep(batch(0))
    const after = lossOf(await expected.runEvalStep(batch(0)))
    expect(after).not.toBeCloseTo(before, 3)
    expect(lossOf(await still.runEvalStep(batch(0)))).toBeCloseTo(before, 6)
    expect(lossOf(await moving.runEvalStep(batch(0)))).toBeCloseTo(after, 6)
    expect(moving.trainingOutputNames).toEqual(expected.trainingOutputNames)
    const [ours, theirs] = [await moving.getContiguousParameters(false), await expected.getContiguousParameters(false)]
    expect(ours.size).toBe(theirs.size)
  })
})

/** As the official tool writes them: no outputs for running statistics, which may be constants of both models. */
function asOfficial(files: Awaited<ReturnType<typeof filesOf>>, inside: boolean): TrainingSessionFiles {
  const checkpoint = readCheckpoint(files.checkpointState)
  const values = new Map(inside ? statistics.map((name) => [name, checkpoint.parameters.get(name)!.tensor]) : [])
  const [training, evaluation] = [files.trainModel, files.evalModel].map(readModel)
  training!.outputs = training!.outputs.filter(({ name }) => !/running_(mean|var)\.out$/.test(name))
  for (const graph of [training!, evaluation!]) {
    graph.inputs = graph.inputs.filter(({ name }) => !values.has(name))
    for (const [name, tensor] of values as Map<string, Tensor>) graph.initializers.set(name, tensor)
  }
  const parameters = new Map([...checkpoint.parameters].filter(([name]) => !values.has(name)))
  return {
    ...files,
    trainModel: writeModel(training!),
    evalModel: writeModel(evaluation!),
    checkpointState: writeCheckpoint({ ...checkpoint, parameters }),
  }
}

describe('what is wrong is said with a typed error', () => {
  test('a model that is missing, at the call that needs it', async () => {
    const { checkpointState, trainModel } = await filesOf()
    const session = await start({ checkpointState, trainModel })
    expect([session.evalInputNames, session.evalOutputNames]).toEqual([[], []])
    await session.runTrainStep(batch(0))
    await rejects(session.runEvalStep(batch(0)), 'training/no-model', /runEvalStep needs the evalModel/)
    await rejects(session.runOptimizerStep(), 'training/no-model', /runOptimizerStep needs the optimizerModel/)
    await rejects(session.exportInferenceModel(), 'training/no-model', /exportInferenceModel needs the evalModel/)
  })

  test('a checkpoint of version 1 or of no known version', async () => {
    const files = await filesOf()
    for (const version of [1, 7]) {
      const checkpointState = Buffer.from(files.checkpointState)
      const root = checkpointState.readUInt32LE(0)
      const vtable = root - checkpointState.readInt32LE(root)
      checkpointState.writeInt32LE(version, root + checkpointState.readUInt16LE(vtable + 4))
      await rejects(start({ ...files, checkpointState }), 'artifacts/checkpoint-version', RegExp(`version ${version}`))
    }
  })

  test('an operator that has no lowering, by its name', async () => {
    const files = await filesOf()
    const training = readModel(files.trainModel)
    training.nodes.find(({ opType }) => opType === 'ReluGrad')!.opType = 'FlashAttentionGrad'
    const session = await start({ ...files, trainModel: writeModel(training) })
    await rejects(session.runTrainStep(batch(0)), 'lowering/no-lowering', /FlashAttentionGrad/)
  })

  test('an optimizer that is not supported, by its name', async () => {
    const files = await filesOf()
    const changed = (change: (optimizer: ReturnType<typeof readModel>) => void) => {
      const optimizer = readModel(files.optimizerModel)
      change(optimizer)
      return start({ ...files, optimizerModel: writeModel(optimizer) })
    }
    const lamb = changed(({ nodes }) => Object.assign(nodes[0]!, { opType: 'LambOptimizer' }))
    await rejects(lamb, 'artifacts/unsupported-optimizer', /LambOptimizer.*AdamWOptimizer, SGDOptimizerV2/)
    const uncorrected = changed(({ nodes }) =>
      Object.assign(nodes[0]!.attributes, { correct_bias: { type: 'int', value: 0 } }),
    )
    await rejects(uncorrected, 'artifacts/unsupported-optimizer', /AdamWOptimizer with correct_bias 0/)
  })

  test('options and files', async () => {
    const files = await filesOf()
    await rejects(start({ ...files, trainModel: 3 as never }), 'options/invalid', /trainModel must be a path, a URL/)
    await rejects(start({ trainModel: 'x' } as never), 'options/invalid', /checkpointState/)
    for (const options of [{ learningRate: -1 }, { schedule: 3 }, { colour: 1 }, { runtime: 'ort' }])
      await rejects(start(files, options as never), 'options/invalid', RegExp(Object.keys(options)[0]!))
    await rejects(start({ ...files, trainModel: files.evalModel }), 'onnx/malformed', /training model/)
  })

  test("the official session's own options are accepted", async () => {
    const options = { executionProviders: ['wasm'], logSeverityLevel: 3, graphOptimizationLevel: 'all' as const }
    const session = await start(await filesOf(), options)
    expect(lossOf(await session.runTrainStep(batch(0)))).toBeGreaterThan(0)
  })
})

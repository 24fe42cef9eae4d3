import { join } from 'node:path'
import { localCluster, type MapOptions } from '../../src/cluster.node.js'
import { baseError } from '../../src/errors.js'
import {
  adam,
  centerCrop,
  compose,
  createLoader,
  type EmbedImagesOptions,
  type EvalStepOptions,
  embedder,
  exportClassifier,
  float32,
  generateArtifacts,
  int64,
  knnClassifier,
  loadClassifier,
  replaceHead,
  resize,
  seededRandom,
  TrainingEngine,
  type TrainStepOptions,
  toTensor,
  writeCheckpoint,
} from '../../src/index.js'
import { TrainingSession as Removed } from '../../src/training.js'
import { images, smallModel } from '../finetune/support/smallRun.js'
import { bool, type Call, either, from, needed, optional, options, whole, word } from './call.js'

/** Methods of what public functions return, on objects that are in order. `close` ends them. */
export async function methodCalls(
  directory: string,
): Promise<{ calls: Readonly<Record<string, Call>>; close(): Promise<void> }> {
  const inside = (name: string) => join(directory, 'not', 'there', name)
  const model = await smallModel()
  const dataset = await images(4, 1)
  const transform = compose([resize(48), centerCrop(48), toTensor()])
  const loader = createLoader(dataset, { transform, batchSize: 2, workers: 0 })
  const classifier = await loadClassifier(await exportClassifier(model))
  const regression = await loadClassifier(
    await exportClassifier(replaceHead(model, { classes: ['age'], task: 'regression' })),
  )
  const network = embedder(model)
  const jobs = localCluster()
  const neighbours = await knnClassifier(float32([1, 0, 0, 1], [2, 2]), [0, 1], { classes: ['a', 'b'] })
  const artifacts = await generateArtifacts(model, {
    requiresGrad: ['fc.weight', 'fc.bias'],
    loss: { type: 'crossEntropy', reduction: 'mean' },
    optimizer: adam([{ name: 'all', params: ['fc.weight', 'fc.bias'], lr: 0.1 }]),
  })
  const session = await TrainingEngine.create({ artifacts, threads: 1 })
  const { trainingModel: trainModel, evalModel, optimizerModel, checkpoint } = artifacts
  const removed = await Removed.create({
    checkpointState: writeCheckpoint(checkpoint),
    trainModel,
    evalModel,
    optimizerModel,
  })
  const feeds = { input: float32(new Float32Array(3 * 48 * 48), [1, 3, 48, 48]), labels: int64([0]) }
  const noNames = (value: unknown) => Array.isArray(value) && value.length === 0
  const emptyRecord = options({}).fits
  const handedOver = { transfer: optional(false, bool), pool: optional(loader.pool) }
  const finite = { ...handedOver, mustBeFinite: optional(true, bool) }
  const image = await dataset.read!(0)
  const source = seededRandom(1)

  const calls: Readonly<Record<string, Call>> = {
    'Classifier.classify': {
      call: (async (a: never, b: never) => classifier.classify(a, b)) as never,
      isAsync: true,
      parameters: {
        image: needed(image, either(word, noNames)),
        options: options<NonNullable<Parameters<typeof classifier.classify>[1]>>({
          top: optional(1, from(1, 2 ** 53, whole)),
          signal: optional(new AbortController().signal),
        }),
      },
    },
    'Cluster.map': {
      call: jobs.map as never,
      parameters: {
        kind: needed('predict', word),
        inputs: needed([], (value) => typeof value === 'object' && value !== null && Symbol.iterator in value),
        options: options<MapOptions>({
          attempts: optional(1, from(1, 2 ** 53, whole)),
          signal: optional(new AbortController().signal),
        }),
      },
    },
    'Embedder.embed': {
      call: ((a: never, b: never) => network.embed(a, b)) as never,
      isAsync: true,
      parameters: {
        images: needed(dataset),
        options: options<EmbedImagesOptions>({
          batchSize: optional(4, from(1, Number.POSITIVE_INFINITY, whole)),
          workers: optional(0, from(0, 64, whole)),
          decoder: optional('jimp'),
          onError: optional('skip'),
          onProgress: optional(
            () => {},
            (value) => typeof value === 'function',
          ),
          signal: optional(AbortSignal.abort(baseError('aborted', { operation: 'a call' }))),
        }),
      },
    },
    'Classifier.values': {
      call: (async (a: never, b: never) => regression.values(a, b)) as never,
      isAsync: true,
      parameters: {
        image: needed(image, either(word, noNames)),
        options: options<NonNullable<Parameters<typeof regression.values>[1]>>({
          signal: optional(new AbortController().signal),
        }),
      },
    },
    'KnnClassifier.classify': {
      call: neighbours.classify as never,
      isAsync: true,
      parameters: { queries: needed(float32([1, 0], [1, 2])) },
    },
    'Loader.epoch': {
      call: (async (a: never, b: never) => {
        for await (const _ of loader.epoch(a, b));
      }) as never,
      isAsync: true,
      parameters: {
        epoch: needed(0, from(0, 2 ** 53, whole)),
        from: optional(1, either(from(0, 2 ** 53, whole), isEmpty)),
      },
    },
    'BufferPool.acquire': { call: loader.pool.acquire, parameters: { bytes: needed(8, from(0, 2 ** 53, whole)) } },
    'BufferPool.release': { call: loader.pool.release, parameters: { buffer: needed(new ArrayBuffer(8)) } },
    'TrainingEngine.trainStep': {
      call: session.trainStep.bind(session) as never,
      isAsync: true,
      parameters: { feeds: needed(feeds), options: options<TrainStepOptions>(finite) },
    },
    'TrainingEngine.updateStep': {
      call: session.updateStep.bind(session) as never,
      isAsync: true,
      parameters: {
        feeds: needed(feeds),
        options: options<NonNullable<Parameters<typeof session.updateStep>[1]>>({
          ...finite,
          learningRates: optional([0.1], noNames),
        }),
      },
    },
    'TrainingEngine.evalStep': {
      call: session.evalStep.bind(session) as never,
      isAsync: true,
      parameters: {
        feeds: needed(feeds),
        options: options<EvalStepOptions>({ ...handedOver, averages: optional(false, bool) }),
      },
    },
    'TrainingEngine.optimizerStep': {
      call: session.optimizerStep.bind(session) as never,
      isAsync: true,
      parameters: {
        options: options<NonNullable<Parameters<typeof session.optimizerStep>[0]>>({
          learningRates: optional({ all: 0.1 }, noNames),
          gradientScale: optional(1, from(1e-9)),
          keepGradients: optional(true, bool),
        }),
      },
    },
    'TrainingEngine.getParameters': {
      call: session.getParameters.bind(session) as never,
      isAsync: true,
      parameters: { names: optional(['fc.bias'], noNames) },
    },
    'TrainingEngine.getGradients': {
      call: session.getGradients.bind(session) as never,
      isAsync: true,
      parameters: { names: optional(['fc.bias'], noNames) },
    },
    'TrainingEngine.setParameters': {
      call: session.setParameters.bind(session) as never,
      isAsync: true,
      parameters: { parameters: needed({ 'fc.bias': float32([1, 2], [2]) }, emptyRecord) },
    },
    'TrainingEngine.averages.start': {
      call: session.averages.start.bind(session.averages) as never,
      isAsync: true,
      parameters: { from: optional({ 'fc.bias': float32([1, 2], [2]) }, emptyRecord) },
    },
    'TrainingEngine.averages.update': {
      call: session.averages.update.bind(session.averages) as never,
      isAsync: true,
      parameters: { share: needed(0.1, from(0, 1)) },
    },
    'TrainingEngine.averages.get': {
      call: session.averages.get.bind(session.averages) as never,
      isAsync: true,
      parameters: { names: optional(['fc.bias'], noNames) },
    },
    runTrainStep: {
      call: removed.runTrainStep.bind(removed) as never,
      isAsync: true,
      parameters: { feeds: needed(feeds), fetches: optional(['onnx::loss::0'], () => true) },
    },
    runEvalStep: {
      call: removed.runEvalStep.bind(removed) as never,
      isAsync: true,
      parameters: { feeds: needed(feeds) },
    },
    loadParametersBuffer: {
      call: removed.loadParametersBuffer.bind(removed) as never,
      isAsync: true,
      parameters: { buffer: needed(new Float32Array(130)), trainableOnly: optional(true, bool) },
    },
    getParametersSize: {
      call: removed.getParametersSize.bind(removed) as never,
      isAsync: true,
      parameters: { trainableOnly: optional(true, bool) },
    },
    getContiguousParameters: {
      call: removed.getContiguousParameters.bind(removed) as never,
      isAsync: true,
      parameters: { trainableOnly: optional(true, bool) },
    },
    saveCheckpoint: {
      call: removed.saveCheckpoint.bind(removed) as never,
      isAsync: true,
      parameters: { path: optional(inside('c'), word) },
    },
    saveArtifacts: {
      call: removed.saveArtifacts.bind(removed) as never,
      isAsync: true,
      parameters: { directory: needed(inside('d'), word) },
    },
    exportInferenceModel: {
      call: removed.exportInferenceModel.bind(removed) as never,
      isAsync: true,
      parameters: { outputNames: optional(['logits'], noNames) },
    },
    learningRate: {
      call: ((rate: never) => {
        removed.learningRate = rate
      }) as never,
      parameters: { learningRate: needed(0.1, from(0)) },
    },
    schedule: {
      call: ((schedule: never) => {
        removed.schedule = schedule
      }) as never,
      parameters: {
        schedule: needed(
          () => 1,
          (value) => typeof value === 'function',
        ),
      },
    },
    'Random.integer': {
      call: source.integer as never,
      parameters: { min: needed(0, from(-1e9, 9)), max: needed(9, from(0)) },
    },
    'Random.uniform': {
      call: source.uniform as never,
      parameters: { min: needed(0, from(-1e9, 9)), max: needed(9, from(0)) },
    },
  }
  const close = async () => {
    await Promise.all([
      loader.close(),
      network.release(),
      classifier.release(),
      regression.release(),
      session.release(),
      removed.release(),
    ])
  }
  return { calls, close }
}

const isEmpty = (value: unknown): boolean => {
  try {
    return Array.isArray(value) && value.length === 0
  } catch {
    return false
  }
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { joined } from '../../src/bytes.js'
import * as cluster from '../../src/cluster.node.js'
import { baseError } from '../../src/errors.js'
import * as api from '../../src/index.js'
import * as node from '../../src/node.js'
import * as training from '../../src/training.js'
import { images, smallModel } from '../finetune/support/smallRun.js'
import { recordOf } from '../report/record.js'
import { bool, type Call, call, either, from, needed, number, optional, options, text, whole, word } from './call.js'

const golden = (path: string) =>
  readFile(new URL(`../golden/${path}`, import.meta.url)).then((bytes) => new Uint8Array(bytes))
const { signal } = new AbortController()
const aSignal = optional(signal)
const runtime = optional('onnxruntime-node')
const threads = optional(1, from(1, Number.POSITIVE_INFINITY, whole))
const positive = from(1, 2 ** 53, whole)
/** An address where no Redis is. */
const queue = {
  url: needed('redis://127.0.0.1:1'),
  prefix: optional('arguments', (value) => word(value) && !/[:{}]/.test(String(value))),
}
const seed = optional(0, whole)
const downloads = { onProgress: optional(() => {}, call), cacheDirectory: optional('/nowhere', word), signal: aSignal }
const decoding = {
  decoder: optional('jimp'),
  maxPixels: optional(1000, from(1, Number.POSITIVE_INFINITY, whole)),
  autoOrient: optional(true, bool),
}
const emptyRecord = (value: unknown) => options({}).fits(value)
/** Records of names pass over this one. */
const withOwnProto = (value: unknown) =>
  emptyRecord(Object.fromEntries(Object.entries(value ?? {}).filter(([name]) => name !== '__proto__'))) &&
  Object.hasOwn(value as object, '__proto__')
const isJsonObject = (value: unknown) =>
  Object.prototype.toString.call(value) === '[object Object]' && JSON.stringify(value) !== undefined
const nothing = (value: unknown) => value === undefined
const isListOfWords = (value: unknown) => Array.isArray(value) && value.length > 0 && Array.from(value).every(word)

/**
 * Every public function, with arguments that are in order.
 *
 * @param directory where they would write, if they wrote
 */
export async function publicCalls(
  directory: string,
): Promise<Readonly<Record<string, Call | readonly Call[] | 'no function'>>> {
  const inside = (name: string) => join(directory, 'not', 'there', name)
  const model = await smallModel()
  const backbone = await api.loadBackbone('resnet18', { weights: 'none', width: 8, imageSize: 32 })
  const frozen = await smallModel()
  api.freeze(frozen, { upTo: 'layer4' })
  const dataset = await images(4, 1)
  const onnx = await golden('classifier/float32.onnx')
  const torch = await golden('torch/types.pth')
  const saved = api.saveWeights(model)
  const groups = api.paramGroups(model, { lr: 0.1 })
  const artifacts = await api.generateArtifacts(model, {
    requiresGrad: ['fc.weight'],
    loss: { type: 'crossEntropy', reduction: 'mean' },
    optimizer: 'sgd',
  })
  const tensor = api.float32([1, 2], [2])
  const image = api.rgbImage(new Uint8Array(12), 2, 2)
  const run = { record: recordOf({ epochs: 1 }) }
  const transform = api.compose([api.resize(8), api.centerCrop(8), api.toTensor()])
  const source = (value: unknown) => word(value) || value instanceof Uint8Array
  const path = either(word)
  const tensors = new Map([['a', tensor]])
  const epoch = run.record.epochs[0]!
  const group = { name: 'g', params: ['w'], lr: 0.1 }
  const jitter = optional(0.1, from(0))
  const size = from(1, Number.POSITIVE_INFINITY, whole)
  /** The options that `fineTune` and the finder of learning rates share. */
  const ofEachRun = {
    trainTransform: optional(transform),
    workers: optional(0, from(0, 64, whole)),
    prefetch: optional(1, size),
    cacheBytes: optional(0, from(0, 2 ** 53, whole)),
    cacheFeatures: optional(false, either(bool, emptyRecord)),
    decoder: optional('jimp'),
    autoOrient: optional(true, bool),
    onError: optional('skip'),
    runtime,
    executionProviders: optional(['cpu']),
    threads,
    signal: aSignal,
  }
  /** The options that runs of one and of several phases share. */
  const ofTraining = {
    loss: optional({ type: 'crossEntropy' }),
    mixup: optional({ alpha: 0.5 }, emptyRecord),
    cutmix: optional({ alpha: 0.5 }, emptyRecord),
    distill: optional({ teacher: model }),
    stochasticDepth: optional(0, from(0, 0.99)),
    lossReduction: optional('mean'),
    accumulate: optional(1, size),
    clipGradients: optional({ norm: 1 }, emptyRecord),
    onDiverged: optional('throw', emptyRecord),
    ema: optional({ decay: 0.9 }, emptyRecord),
    keep: optional('last'),
    metric: optional('loss'),
    patience: optional(1, size),
    sampling: optional('balanced'),
    seed,
    validationTransform: optional(transform),
    ...ofEachRun,
    // With a budget or an average, and a sampling, no other value is right.
    swa: optional(undefined),
    batchNorm: optional('running'),
    overfitBatches: optional(undefined),
    fastDevRun: optional(true, either(bool, size)),
    checkpoint: optional({ directory: inside('.checkpoint') }),
    resume: optional('auto', word),
    replicas: optional(1, size),
  }
  const range = optional([0.5, 1])
  const reading = { interpolation: optional('bilinear'), fill: optional(0, from(0, 255, whole)) }
  const chance = { p: optional(0.5, from(0, 1)) }
  const oddTo1023 = (value: unknown) => from(1, 1023, whole)(value) && (value as number) % 2 === 1
  const emptyList = (value: unknown) => Array.isArray(value) && value.length === 0

  const computing = {
    batchSize: optional(4, size),
    workers: optional(0, from(0, 64, whole)),
    decoder: optional('jimp'),
    onError: optional('skip'),
    runtime,
    executionProviders: optional(['cpu']),
    threads,
    onProgress: optional(() => {}, call),
    signal: optional(AbortSignal.abort(baseError('aborted', { operation: 'a call' }))),
  }
  const { workers: _, onError: __, onProgress: ___, ...ofOneImage } = computing
  const scored = {
    probabilities: needed(api.float32([0.9, 0.1, 0.2, 0.8], [2, 2])),
    labels: needed([0, 1], (value) => value instanceof Float64Array),
  }
  const ofSamples = optional(['a', 'b', 'c', 'd'], call)
  const anyIndices = (value: unknown) => emptyList(value) || value instanceof Float64Array
  const vectors = api.float32([1, 0, 0, 1], [2, 2])
  const projectParts = {
    dataset: needed(dataset),
    validation: optional([0], emptyList),
    classifier: optional(onnx),
    settings: optional({ epochs: 1 }, isJsonObject),
  }
  const adapted = api.lora(model, { rank: 1 })
  const several = api.replaceHead(backbone, { classes: ['a', 'b'], task: 'multiLabel' })
  const numbers = api.replaceHead(backbone, { classes: ['a', 'b'], task: 'regression' })
  const withTargets = (of: object) => ({
    ...dataset,
    classes: ['a', 'b'],
    samples: dataset.samples.map((sample) => ({ ...sample, ...of })),
  })
  const againstTargets = { targets: needed(api.float32([1, 0, 0, 1], [2, 2])) }
  const saving = { onProgress: optional(() => {}, call), signal: aSignal }
  const pieces: Uint8Array[] = []
  for await (const piece of api.saveProject({ dataset })) pieces.push(piece)
  const project = joined(pieces)

  const adamLike = (call: typeof api.adam): Call => ({
    call,
    parameters: {
      groups: needed([group]),
      defaults: options<api.AdamDefaults>({
        betas: optional([0.9, 0.99]),
        eps: optional(1e-8, from(0)),
        weightDecay: optional(0, from(0)),
      }),
    },
  })

  return {
    // onnx-finetune
    generateArtifacts: {
      call: api.generateArtifacts,
      isAsync: true,
      parameters: {
        model: needed(model),
        options: options<api.ArtifactOptions>(
          {
            requiresGrad: needed(['fc.weight']),
            frozenParams: optional(['fc.bias'], emptyList),
            loss: needed({ type: 'crossEntropy', reduction: 'mean' }),
            evalLoss: optional({ type: 'crossEntropy', reduction: 'mean' }),
            optimizer: needed('sgd'),
            outputs: optional(['logits'], emptyList),
            directory: optional(inside('artifacts'), path),
          },
          false,
        ),
      },
    },
    loadArtifacts: {
      call: api.loadArtifacts,
      isAsync: true,
      parameters: { directory: needed(inside('a'), word), signal: aSignal },
    },
    readCheckpoint: {
      call: api.readCheckpoint,
      parameters: { bytes: needed(api.writeCheckpoint(artifacts.checkpoint)) },
    },
    writeCheckpoint: { call: api.writeCheckpoint, parameters: { checkpoint: needed(artifacts.checkpoint) } },
    imagenetClasses: 'no function',
    loadBackbone: {
      call: api.loadBackbone,
      isAsync: true,
      parameters: {
        name: needed('resnet18', text),
        options: options<api.LoadBackboneOptions>(
          {
            weights: needed(new Uint8Array(1), source),
            seed,
            imageSize: optional(32, size),
            width: optional(8, size),
            classes: optional(2, size),
            ignoreUnexpected: optional(false, bool),
            ...downloads,
          },
          false,
        ),
      },
    },
    loadOnnxBackbone: {
      call: api.loadOnnxBackbone,
      isAsync: true,
      parameters: {
        source: needed(onnx, source),
        options: options<api.LoadOnnxBackboneOptions>({
          head: optional({ weight: 'fc.weight' }),
          classes: optional(['a', 'b', 'c']),
          imageSize: optional(32, size),
          preprocessing: optional({ resize: 32 }, emptyRecord),
          signal: aSignal,
        }),
      },
    },
    recogniseBackbone: { call: api.recogniseBackbone, parameters: { tensors: needed(tensors) } },
    backboneWeights: 'no function',
    contactSheet: {
      call: api.contactSheet,
      isAsync: true,
      parameters: {
        images: needed([image], emptyList),
        options: options<api.ContactSheetOptions>({
          columns: optional(2, size),
          size: optional(4, size),
          gap: optional(1, from(0, 2 ** 53, whole)),
        }),
      },
    },
    pickSamples: {
      call: api.pickSamples,
      isAsync: true,
      parameters: {
        dataset: needed(dataset),
        indices: needed([0], emptyList),
        options: options<NonNullable<Parameters<typeof api.pickSamples>[2]>>({ ...decoding }),
      },
    },
    createLoader: {
      call: api.createLoader,
      parameters: {
        dataset: needed(dataset),
        options: options<api.LoaderOptions>(
          {
            transform: needed(transform),
            batchSize: needed(2, size),
            shuffle: optional(true, bool),
            sampling: optional('balanced'),
            seed,
            workers: optional(0, from(0, 64, whole)),
            prefetch: optional(1, size),
            dropLast: optional(false, bool),
            ...decoding,
            cacheBytes: optional(0, from(0, 2 ** 53, whole)),
            onError: optional('skip'),
            signal: aSignal,
          },
          false,
        ),
      },
    },
    imageDataset: {
      call: api.imageDataset,
      parameters: {
        samples: needed([{ image, label: 'a' }]),
        options: options<api.ImageDatasetOptions>({ classes: optional(['a']) }),
      },
    },
    readSample: {
      call: api.readSample,
      isAsync: true,
      parameters: { dataset: needed(dataset), index: needed(1, from(0, 3, whole)) },
    },
    decodeImage: {
      call: api.decodeImage,
      isAsync: true,
      parameters: {
        bytes: needed(await dataset.read!(0)),
        options: options<api.DecodeOptions>({ ...decoding, source: optional('a', text) }),
      },
    },
    inspectDataset: {
      call: api.inspectDataset,
      isAsync: true,
      parameters: {
        sets: needed({ ...dataset, samples: [] }),
        options: options<api.InspectOptions>({
          ...decoding,
          workers: optional(0, from(0, 64, whole)),
          onProgress: optional(() => {}, call),
          signal: aSignal,
        }),
      },
    },
    splitDataset: {
      call: api.splitDataset,
      parameters: {
        dataset: needed(dataset),
        options: options<api.SplitOptions>({ share: optional(0.5), seed, groups: ofSamples }),
      },
    },
    subset: {
      call: api.subset,
      parameters: { dataset: needed(dataset), indices: needed([0], anyIndices) },
    },
    concatDatasets: { call: api.concatDatasets, parameters: { datasets: needed([dataset]) } },
    kFold: {
      call: api.kFold,
      parameters: {
        dataset: needed(dataset),
        options: options<api.KFoldOptions>({ folds: optional(2, from(2, 4, whole)), seed, groups: ofSamples }),
      },
    },
    openProject: { call: api.openProject, isAsync: true, parameters: { source: needed(project, source) } },
    projectSets: {
      call: api.projectSets,
      parameters: { project: options<api.Project>(projectParts, false) },
    },
    saveProject: {
      call: api.saveProject,
      parameters: {
        project: options<api.Project>(projectParts, false),
        options: options<api.SaveProjectOptions>(saving),
      },
    },
    calibrate: {
      call: api.calibrate,
      parameters: {
        logits: needed(api.float32([1, 0, 0, 1], [2, 2])),
        labels: needed([0, 1], (value) => value instanceof Float64Array),
      },
    },
    calibrateModel: {
      call: api.calibrateModel,
      isAsync: true,
      parameters: {
        model: needed(model),
        validation: needed(dataset),
        options: options<api.CalibrateOptions>({ ...computing, keep: optional(0.9, from(Number.MIN_VALUE, 1)) }),
      },
    },
    evaluate: {
      call: api.evaluate,
      isAsync: true,
      parameters: {
        model: needed(model),
        dataset: needed(dataset),
        options: options<api.EvaluateOptions>({
          ...computing,
          views: optional('flip'),
          topK: optional(2, size),
          calibration: optional({ temperature: 1 }),
        }),
      },
    },
    evaluateProbabilities: {
      call: api.evaluateProbabilities,
      parameters: {
        ...scored,
        options: options<api.ProbabilityOptions>({ classes: optional(['a', 'b']), topK: optional(2, size) }),
      },
    },
    averagePrecision: { call: api.averagePrecision, parameters: scored },
    confusionMatrix: { call: api.confusionMatrix, parameters: scored },
    logLoss: { call: api.logLoss, parameters: scored },
    precisionRecallCurve: {
      call: api.precisionRecallCurve,
      parameters: { ...scored, label: needed(1, from(0, 1, whole)) },
    },
    reliability: { call: api.reliability, parameters: { ...scored, bins: optional(5, size) } },
    rocAuc: { call: api.rocAuc, parameters: scored },
    rocCurve: { call: api.rocCurve, parameters: { ...scored, label: needed(1, from(0, 1, whole)) } },
    topKAccuracy: { call: api.topKAccuracy, parameters: { ...scored, k: needed(1, from(1, 2, whole)) } },
    evaluateLabels: {
      call: api.evaluateLabels,
      isAsync: true,
      parameters: {
        model: needed(several),
        dataset: needed(withTargets({ labels: [1] })),
        options: options<api.EvaluateLabelsOptions>({ ...computing, thresholds: optional(0.5, number) }),
      },
    },
    evaluateValues: {
      call: api.evaluateValues,
      isAsync: true,
      parameters: {
        model: needed(numbers),
        dataset: needed(withTargets({ values: [1, 2] })),
        options: options<api.OutputOptions>(computing),
      },
    },
    labelMetrics: {
      call: api.labelMetrics,
      parameters: {
        probabilities: scored.probabilities,
        ...againstTargets,
        options: options<api.LabelMetricsOptions>({ thresholds: optional(0.5, number), labels: optional(['a', 'b']) }),
      },
    },
    bestThresholds: {
      call: api.bestThresholds,
      parameters: { probabilities: scored.probabilities, ...againstTargets },
    },
    valueMetrics: { call: api.valueMetrics, parameters: { predictions: scored.probabilities, ...againstTargets } },
    wilsonInterval: {
      call: api.wilsonInterval,
      parameters: { hits: needed(0, from(0, 0, whole)), count: needed(2, from(0, 2 ** 53, whole)) },
    },
    explain: {
      call: api.explain,
      isAsync: true,
      parameters: {
        model: needed(model),
        image: needed(
          image,
          either(source, (value) => value instanceof URL || value instanceof Blob),
        ),
        options: options<api.ExplainOptions>({
          ...ofOneImage,
          label: optional(model.classes[0]),
          cells: optional(2, from(2, 64, whole)),
        }),
      },
    },
    drawExplanation: {
      call: api.drawExplanation,
      parameters: { explanation: needed({ view: image, map: api.float32([1, 0, 0, 0], [2, 2]) }) },
    },
    embed: {
      call: api.embed,
      isAsync: true,
      parameters: {
        network: needed(backbone),
        images: needed(dataset),
        options: options<api.EmbedOptions>({ ...computing, normalize: optional(true, bool) }),
      },
    },
    embedder: {
      call: api.embedder,
      parameters: {
        network: needed(backbone),
        options: options<api.EmbedderOptions>({
          runtime,
          threads,
          executionProviders: optional(['cpu']),
          normalize: optional(true, bool),
        }),
      },
    },
    nearestNeighbours: {
      call: api.nearestNeighbours,
      isAsync: true,
      parameters: {
        index: needed(vectors),
        queries: needed(vectors),
        k: needed(1, from(1, 2, whole)),
        options: options<api.NeighbourOptions>({ metric: optional('cosine'), signal: aSignal }),
      },
    },
    knnClassifier: {
      call: api.knnClassifier,
      isAsync: true,
      parameters: {
        examples: needed(vectors),
        labels: needed([0, 1], (value) => value instanceof Float64Array),
        options: options<api.KnnOptions>(
          {
            classes: needed(['a', 'b']),
            k: optional(1, size),
            temperature: optional(0.1, from(Number.MIN_VALUE)),
            keep: optional(0.9, from(Number.MIN_VALUE, 1)),
            signal: aSignal,
          },
          false,
        ),
      },
    },
    findLabelIssues: {
      call: api.findLabelIssues,
      isAsync: true,
      parameters: {
        backbone: needed(backbone),
        dataset: needed(dataset),
        options: options<api.LabelIssueOptions>({
          ...computing,
          folds: optional(2, from(2, 20, whole)),
          l2: optional(1, from(Number.MIN_VALUE)),
          seed,
          // Beside the working directory, which is removed: a call without the aborted signal writes there.
          cacheFeatures: optional({ directory: 'features' }),
        }),
      },
    },
    exportClassifier: {
      call: api.exportClassifier,
      isAsync: true,
      parameters: {
        model: needed(model),
        path: optional(inside('x.onnx'), path),
        options: options<api.ExportOptions>({
          precision: optional('float32'),
          runtime,
          threads,
          ignoreTransforms: optional(true, bool),
          calibration: optional({ temperature: 1, threshold: 0.5 }),
          embedding: optional(
            false,
            either(bool, (value) => value === 'normalized'),
          ),
          // For models of another task.
          thresholds: optional(undefined),
          topK: optional(1),
          signal: aSignal,
        }),
      },
    },
    quantizeClassifier: {
      call: api.quantizeClassifier,
      isAsync: true,
      parameters: {
        source: needed(new Uint8Array(1), source),
        calibration: needed(dataset),
        options: options<api.QuantizeOptions>({
          path: optional(inside('int8.onnx'), path),
          validation: optional(undefined),
          maxImages: optional(1),
          percentile: optional(99),
          reduceRange: optional(false, bool),
          decoder: decoding.decoder,
          runtime,
          threads,
          onProgress: optional(() => {}, call),
          signal: aSignal,
        }),
      },
    },
    loadClassifier: {
      call: api.loadClassifier,
      isAsync: true,
      parameters: {
        source: needed(new Uint8Array(1), source),
        options: options<api.LoadClassifierOptions>({
          ...decoding,
          runtime,
          threads,
          executionProviders: optional(['cpu']),
          worker: optional(false, bool),
          signal: aSignal,
        }),
      },
    },
    FineTuneError: {
      call: ((code: never, message: never, facts: never) => new api.FineTuneError(code, message, facts)) as never,
      parameters: {
        code: needed('session/released', (value) => typeof value === 'string'),
        message: needed('The session is released', (value) => typeof value === 'string'),
        facts: needed({}, () => true),
      },
    },
    isFineTuneError: {
      call: api.isFineTuneError,
      parameters: { error: needed(new Error('x'), () => true), code: optional('aborted', () => true) },
    },
    freeze: {
      call: api.freeze,
      parameters: {
        model: needed(model),
        pattern: needed(
          'conv1',
          either(word, (value) => value instanceof RegExp),
        ),
      },
    },
    freezeBatchNorm: { call: api.freezeBatchNorm, parameters: { model: needed(model) } },
    unfreeze: {
      call: api.unfreeze,
      parameters: {
        model: needed(model),
        pattern: optional(
          'conv1',
          either(word, (value) => value instanceof RegExp),
        ),
      },
    },
    Model: [
      { call: ((facts: never) => new api.Model(facts)) as never, parameters: { facts: needed(model) } },
      { call: ((name: never) => model.get(name)) as never, parameters: { name: needed('fc.bias') } },
      {
        call: ((name: never, value: never) => model.set(name, value)) as never,
        parameters: { name: needed('fc.bias'), tensor: needed(model.get('fc.bias')) },
      },
    ],
    paramGroups: [
      {
        call: api.paramGroups,
        parameters: {
          model: needed(model),
          options: options<api.HeadAndBackbone>(
            {
              lr: needed(0.1, from(0)),
              headLrMultiplier: optional(1, from(0)),
              layerDecay: optional(0.5, from(Number.MIN_VALUE, 1)),
              weightDecay: optional(0.1, from(0)),
              momentum: optional(0.9, from(0, 0.99)),
              nesterov: optional(true, bool),
            },
            false,
          ),
        },
      },
      {
        call: api.paramGroups,
        parameters: {
          model: needed(model),
          options: options<api.ExplicitGroups>({ groups: needed([{ name: 'a', match: /./, lr: 1 }], nothing) }, false),
        },
      },
    ],
    keepClassifier: {
      call: api.keepClassifier,
      parameters: {
        backbone: needed(backbone),
        options: options<api.KeepClassifierOptions>({ classes: needed([0]) }, false),
      },
    },
    sharedClasses: {
      call: api.sharedClasses,
      parameters: {
        backbone: needed(backbone),
        classes: needed(['a'], (value) => Array.isArray(value) && value.length === 0),
      },
    },
    replaceHead: {
      call: api.replaceHead,
      parameters: {
        backbone: needed(backbone),
        options: options<api.ReplaceHeadOptions>(
          {
            classes: needed(['a', 'b']),
            task: optional('multiLabel'),
            init: optional('zeros'),
            from: optional({ a: 1 }, either(emptyRecord, withOwnProto)),
            hidden: optional([], (value) => Array.isArray(value) && value.length === 0),
            embedding: optional(undefined, (value) => value === undefined),
            dropout: optional(0.5, from(0, 0.999)),
            seed,
          },
          false,
        ),
      },
    },
    lora: {
      call: api.lora,
      parameters: {
        model: needed(model),
        options: options<api.LoraOptions>({
          rank: optional(2, from(1, 9, whole)),
          alpha: optional(2, from(Number.MIN_VALUE)),
          pattern: optional(/conv/, (value) => value instanceof RegExp),
          trainHead: optional(true, bool),
          seed,
        }),
      },
    },
    mergeAdapters: { call: api.mergeAdapters, parameters: { model: needed(adapted) } },
    saveAdapters: { call: api.saveAdapters, parameters: { model: needed(adapted) } },
    loadAdapters: {
      call: api.loadAdapters,
      parameters: { model: needed(model), bytes: needed(api.saveAdapters(adapted)) },
    },
    saveWeights: {
      call: api.saveWeights,
      parameters: {
        model: needed(model),
        options: options<api.SaveWeightsOptions>({ precision: optional('float16') }),
      },
    },
    GraphBuilder: [
      {
        call: ((graph: never, prefix: never) => new api.GraphBuilder(graph, prefix)) as never,
        parameters: { graph: optional(new api.Graph()), prefix: optional('p', text) },
      },
      {
        call: ((...all: [never, never, never, never]) => new api.GraphBuilder().op(...all)) as never,
        parameters: {
          opType: needed('Add', word),
          inputs: needed(['a', 'b'], (value) => Array.isArray(value) && value.every((one) => one === undefined)),
          attributes: optional({ axis: 1 }, emptyRecord),
          options: options<api.OpOptions>({
            domain: optional('', text),
            outputs: optional(1, either(from(0, 100, whole), emptyList)),
            name: optional('n', text),
          }),
        },
      },
      {
        call: ((name: never, value: never) => new api.GraphBuilder().initializer(name, value)) as never,
        parameters: { name: needed('a', word), tensor: needed(tensor) },
      },
    ],
    Graph: { call: (() => new api.Graph()) as never, parameters: {} },
    inferShapes: { call: api.inferShapes, parameters: { graph: needed(backbone.graph) } },
    readModel: { call: api.readModel, parameters: { bytes: needed(onnx) } },
    float32: { call: api.float32, parameters: { data: needed([1, 2], emptyList), dims: needed([2]) } },
    int64: { call: api.int64, parameters: { data: needed([1, 2n], emptyList), dims: optional([2]) } },
    scalarTensor: { call: api.scalarTensor, parameters: { value: needed(1, (value) => typeof value === 'number') } },
    writeModel: { call: api.writeModel, parameters: { graph: needed(backbone.graph) } },
    adam: adamLike(api.adam),
    adamW: adamLike(api.adamW),
    lamb: {
      call: api.lamb,
      parameters: {
        groups: needed([group]),
        defaults: options<api.LambDefaults>({
          betas: optional([0.9, 0.99]),
          eps: optional(1e-8, from(0)),
          weightDecay: optional(0, from(0)),
        }),
      },
    },
    lion: {
      call: api.lion,
      parameters: {
        groups: needed([group]),
        defaults: options<api.LionDefaults>({ betas: optional([0.9, 0.99]), weightDecay: optional(0, from(0)) }),
      },
    },
    rmsProp: {
      call: api.rmsProp,
      parameters: {
        groups: needed([group]),
        defaults: options<api.RmsPropDefaults>({
          alpha: optional(0.9, (value) => value === 0),
          eps: optional(1e-8, from(0)),
          momentum: optional(0.9, (value) => value === 0),
          centered: optional(true, bool),
          weightDecay: optional(0, from(0)),
        }),
      },
    },
    cosineRestartsSchedule: {
      call: api.cosineRestartsSchedule,
      parameters: {
        options: options<Parameters<typeof api.cosineRestartsSchedule>[0]>(
          { steps: needed(9, size), multiplier: optional(2, size), minFactor: optional(0, from(0)) },
          false,
        ),
      },
    },
    exponentialSchedule: {
      call: api.exponentialSchedule,
      parameters: {
        options: options<Parameters<typeof api.exponentialSchedule>[0]>({ gamma: needed(0.9, from(0.5)) }, false),
      },
    },
    multiStepSchedule: {
      call: api.multiStepSchedule,
      parameters: {
        options: options<Parameters<typeof api.multiStepSchedule>[0]>(
          { milestones: needed([2, 5]), gamma: optional(0.9, from(0.5)) },
          false,
        ),
      },
    },
    polynomialSchedule: {
      call: api.polynomialSchedule,
      parameters: {
        options: options<Parameters<typeof api.polynomialSchedule>[0]>(
          { steps: needed(9, size), power: optional(2, from(0.5)) },
          false,
        ),
      },
    },
    stepSchedule: {
      call: api.stepSchedule,
      parameters: {
        options: options<Parameters<typeof api.stepSchedule>[0]>(
          { every: needed(9, size), gamma: optional(0.9, from(0.5)) },
          false,
        ),
      },
    },
    plateauSchedule: {
      call: api.plateauSchedule,
      parameters: {
        options: options<NonNullable<Parameters<typeof api.plateauSchedule>[0]>>({
          monitor: optional('loss'),
          gamma: optional(0.5),
          patience: optional(1, from(0, 2 ** 53, whole)),
          threshold: optional(0, from(0)),
          cooldown: optional(1, from(0, 2 ** 53, whole)),
          minFactor: optional(0, from(0)),
        }),
      },
    },
    constantSchedule: { call: api.constantSchedule, parameters: {} },
    cosineSchedule: {
      call: api.cosineSchedule,
      parameters: {
        options: options<Parameters<typeof api.cosineSchedule>[0]>(
          { steps: needed(9, size), minFactor: optional(0, from(0)) },
          false,
        ),
      },
    },
    linearWarmupSchedule: {
      call: api.linearWarmupSchedule,
      parameters: {
        options: options<Parameters<typeof api.linearWarmupSchedule>[0]>(
          { steps: needed(9, size), startFactor: optional(0.1) },
          false,
        ),
        next: optional(api.constantSchedule(), call),
      },
    },
    oneCycleSchedule: {
      call: api.oneCycleSchedule,
      parameters: {
        options: options<Parameters<typeof api.oneCycleSchedule>[0]>(
          {
            steps: needed(9, from(2, 2 ** 53, whole)),
            warmupShare: optional(0.1),
            divFactor: optional(2, from(1)),
            finalDivFactor: optional(2, from(1)),
            anneal: optional('cos'),
          },
          false,
        ),
      },
    },
    sgd: {
      call: api.sgd,
      parameters: {
        groups: needed([group]),
        defaults: options<api.SgdDefaults>({
          momentum: optional(0.9),
          weightDecay: optional(0, from(0)),
          nesterov: optional(true, bool),
        }),
      },
    },
    printable: { call: api.printable, parameters: { text: needed('a', () => true) } },
    epochLine: {
      call: api.epochLine,
      parameters: {
        epoch: needed(epoch),
        width: optional(
          80,
          from(1, Number.POSITIVE_INFINITY, (value) => typeof value === 'number'),
        ),
      },
    },
    seededRandom: {
      call: api.seededRandom,
      parameters: { key: needed(1, either(text, number)) },
    },
    classMetrics: {
      call: api.classMetrics,
      parameters: {
        confusion: needed(
          [
            [1, 2],
            [3, 4],
          ],
          emptyList,
        ),
      },
    },
    metricsCsv: { call: api.metricsCsv, parameters: { run: needed(run) } },
    stepsCsv: { call: api.stepsCsv, parameters: { run: needed(run) } },
    reportHtml: {
      call: api.reportHtml,
      parameters: {
        run: needed(run),
        options: options<api.ReportInfo>({
          title: optional('t', text),
          command: optional('c', text),
          mistakes: optional(1, from(0, 2 ** 53, whole)),
          versions: optional({ a: 'b' }, either(emptyRecord, withOwnProto)),
          images: optional(new Map([[1, 'data:']])),
          explanations: optional(new Map(), (value) => value instanceof Map),
        }),
      },
    },
    tensorBoardEvents: { call: api.tensorBoardEvents, parameters: { run: needed(run) } },
    /** The former name of `TrainingEngine`. */
    TrainingSession: [],
    TrainingEngine: {
      call: api.TrainingEngine.create,
      isAsync: true,
      parameters: {
        options: options<api.TrainingEngineOptions>(
          {
            artifacts: needed(artifacts),
            runtime,
            executionProviders: optional(['cpu']),
            threads,
            target: optional('cpu'),
            signal: aSignal,
          },
          false,
        ),
      },
    },
    findLearningRate: {
      call: api.findLearningRate,
      isAsync: true,
      parameters: {
        model: needed(model),
        options: options<api.FindLearningRateOptions>(
          {
            train: needed(dataset),
            sampling: optional('balanced'),
            batchSize: optional(2, size),
            // Of another model, so that nothing is trained.
            optimizer: needed(api.sgd([{ name: 'none', params: ['none'], lr: 1 }])),
            loss: optional({ type: 'crossEntropy' }),
            mixup: optional({ alpha: 0.5 }, emptyRecord),
            cutmix: optional({ alpha: 0.5 }, emptyRecord),
            distill: optional({ teacher: model }),
            stochasticDepth: optional(0, from(0, 0.99)),
            lossReduction: optional('mean'),
            clipGradients: optional({ norm: 1 }, emptyRecord),
            seed,
            ...ofEachRun,
            startRate: optional(1e-5, from(1e-300, 0.9)),
            endRate: optional(1, from(1e-4)),
            steps: optional(2, from(2, 2 ** 53, whole)),
            onStep: optional(() => {}, call),
          },
          false,
        ),
      },
    },
    fineTune: {
      call: api.fineTune,
      parameters: {
        model: needed(model),
        options: options<api.FineTuneOptions>(
          {
            train: needed(dataset),
            validation: optional(dataset),
            epochs: optional(1, size),
            budget: optional('10m', from(1e-9, 1e300)),
            batchSize: optional(2, size),
            optimizer: needed(api.sgd(groups)),
            schedule: optional(api.constantSchedule, call),
            ...ofTraining,
            // Without a cluster, no value of the others is right.
            cluster: optional(undefined),
            shards: optional(undefined),
            localSteps: optional(undefined),
            sharedDirectory: optional(undefined),
            transport: optional(undefined),
          },
          false,
        ),
      },
    },
    fineTunePhases: {
      call: api.fineTunePhases,
      parameters: {
        model: needed(model),
        options: options<api.PhasedOptions>(
          {
            phases: needed([{ epochs: 1, lr: 0.1 }]),
            train: needed(dataset),
            validation: optional(dataset),
            batchSize: optional(2, size),
            schedule: optional(api.constantSchedule, call),
            ...ofTraining,
          },
          false,
        ),
      },
    },
    estimateMemory: {
      call: api.estimateMemory,
      isAsync: true,
      parameters: {
        model: needed(model),
        options: options<api.MemoryOptions>(
          {
            optimizer: needed(api.sgd(groups)),
            batchSize: optional(2, size),
            accumulate: optional(1, size),
            ema: optional({ decay: 0.9 }, emptyRecord),
            workers: optional(0, from(0, 64, whole)),
            prefetch: optional(1, size),
            cacheBytes: optional(0, from(0, 2 ** 53, whole)),
          },
          false,
        ),
      },
    },
    augMix: {
      call: api.augMix,
      parameters: {
        options: options<NonNullable<Parameters<typeof api.augMix>[0]>>({
          severity: optional(3, from(1, 10, whole)),
          mixtureWidth: optional(3, from(1, 100, whole)),
          chainDepth: optional(-1, either(from(1, 100, whole), from(-1, -1))),
          alpha: optional(1, from(1e-300, 1e6)),
          allOps: optional(true, bool),
          ...reading,
        }),
      },
    },
    autoAugment: {
      call: api.autoAugment,
      parameters: { options: options<NonNullable<Parameters<typeof api.autoAugment>[0]>>(reading) },
    },
    centerCrop: { call: api.centerCrop, parameters: { size: needed(8, size) } },
    colorJitter: {
      call: api.colorJitter,
      parameters: {
        options: options<NonNullable<Parameters<typeof api.colorJitter>[0]>>({
          brightness: jitter,
          contrast: jitter,
          saturation: jitter,
          hue: optional(0.1, from(0, 0.5)),
        }),
      },
    },
    compose: { call: api.compose, parameters: { transforms: needed([api.resize(8)]) } },
    elasticTransform: {
      call: api.elasticTransform,
      parameters: {
        options: options<NonNullable<Parameters<typeof api.elasticTransform>[0]>>({
          alpha: optional(50, from(0)),
          sigma: optional(5, from(1e-300, 127)),
          ...reading,
        }),
      },
    },
    exifTranspose: {
      call: api.exifTranspose,
      parameters: { image: needed(image), orientation: needed(1, from(1, 8, whole)) },
    },
    fiveCrop: { call: api.fiveCrop, parameters: { image: needed(image), size: needed(2, from(1, 2, whole)) } },
    jpeg: {
      call: api.jpeg,
      parameters: { quality: needed(50, from(1, 100, whole)) },
    },
    gaussianBlur: {
      call: api.gaussianBlur,
      parameters: {
        kernelSize: needed(3, oddTo1023),
        options: options<NonNullable<Parameters<typeof api.gaussianBlur>[1]>>({
          sigma: optional(1, from(1e-300)),
        }),
      },
    },
    grayscale: { call: api.grayscale, parameters: {} },
    normalize: { call: api.normalize, parameters: { mean: needed([0, 0, 0]), std: needed([1, 1, 1]) } },
    pad: {
      call: api.pad,
      parameters: {
        padding: needed(1, from(0, 65535, whole)),
        options: options<NonNullable<Parameters<typeof api.pad>[1]>>({
          fill: reading.fill,
          paddingMode: optional('edge'),
        }),
      },
    },
    randAugment: {
      call: api.randAugment,
      parameters: {
        options: options<NonNullable<Parameters<typeof api.randAugment>[0]>>({
          numOps: optional(2, from(0, 100, whole)),
          magnitude: optional(9, from(0, 30, whole)),
          numMagnitudeBins: optional(31, from(10, 1000, whole)),
          ...reading,
        }),
      },
    },
    randomAdjustSharpness: {
      call: api.randomAdjustSharpness,
      parameters: {
        sharpnessFactor: needed(2, from(0)),
        options: options<NonNullable<Parameters<typeof api.randomAdjustSharpness>[1]>>(chance),
      },
    },
    randomAffine: {
      call: api.randomAffine,
      parameters: {
        degrees: needed(8, from(0)),
        options: options<NonNullable<Parameters<typeof api.randomAffine>[1]>>({
          translate: optional([0.1, 0.1]),
          scale: range,
          shear: optional(8, from(0, 89.9)),
          center: optional([1, 1]),
          ...reading,
        }),
      },
    },
    randomApply: {
      call: api.randomApply,
      parameters: {
        transforms: needed([api.grayscale()]),
        options: options<NonNullable<Parameters<typeof api.randomApply>[1]>>(chance),
      },
    },
    randomAutocontrast: {
      call: api.randomAutocontrast,
      parameters: { options: options<NonNullable<Parameters<typeof api.randomAutocontrast>[0]>>(chance) },
    },
    randomChoice: {
      call: api.randomChoice,
      parameters: {
        transforms: needed([api.grayscale(), api.resize(8)]),
        options: options<NonNullable<Parameters<typeof api.randomChoice>[1]>>({ p: optional([1, 2]) }),
      },
    },
    randomEqualize: {
      call: api.randomEqualize,
      parameters: { options: options<NonNullable<Parameters<typeof api.randomEqualize>[0]>>(chance) },
    },
    randomErasing: {
      call: api.randomErasing,
      parameters: {
        options: options<NonNullable<Parameters<typeof api.randomErasing>[0]>>({
          p: optional(0.5, from(0, 1)),
          scale: range,
          ratio: range,
          value: optional(0, number),
        }),
      },
    },
    randomGrayscale: {
      call: api.randomGrayscale,
      parameters: { options: options<NonNullable<Parameters<typeof api.randomGrayscale>[0]>>(chance) },
    },
    randomHorizontalFlip: {
      call: api.randomHorizontalFlip,
      parameters: {
        options: options<NonNullable<Parameters<typeof api.randomHorizontalFlip>[0]>>({ p: optional(0.5, from(0, 1)) }),
      },
    },
    randomInvert: {
      call: api.randomInvert,
      parameters: { options: options<NonNullable<Parameters<typeof api.randomInvert>[0]>>(chance) },
    },
    randomOrder: { call: api.randomOrder, parameters: { transforms: needed([api.grayscale()]) } },
    randomPerspective: {
      call: api.randomPerspective,
      parameters: {
        options: options<NonNullable<Parameters<typeof api.randomPerspective>[0]>>({
          distortionScale: optional(0.5, from(0, 1)),
          ...chance,
          ...reading,
        }),
      },
    },
    randomPosterize: {
      call: api.randomPosterize,
      parameters: {
        bits: needed(4, from(0, 8, whole)),
        options: options<NonNullable<Parameters<typeof api.randomPosterize>[1]>>(chance),
      },
    },
    randomResizedCrop: {
      call: api.randomResizedCrop,
      parameters: {
        size: needed(8, size),
        options: options<NonNullable<Parameters<typeof api.randomResizedCrop>[1]>>({ scale: range, ratio: range }),
      },
    },
    randomRotation: {
      call: api.randomRotation,
      parameters: {
        degrees: needed(8, from(0)),
        options: options<NonNullable<Parameters<typeof api.randomRotation>[1]>>({
          fill: optional(0, from(0, 255, whole)),
        }),
      },
    },
    randomSolarize: {
      call: api.randomSolarize,
      parameters: {
        threshold: needed(128, from(0, 256)),
        options: options<NonNullable<Parameters<typeof api.randomSolarize>[1]>>(chance),
      },
    },
    randomVerticalFlip: {
      call: api.randomVerticalFlip,
      parameters: { options: options<NonNullable<Parameters<typeof api.randomVerticalFlip>[0]>>(chance) },
    },
    resize: { call: api.resize, parameters: { size: needed(8, size) } },
    tenCrop: {
      call: api.tenCrop,
      parameters: {
        image: needed(image),
        size: needed(2, from(1, 2, whole)),
        options: options<NonNullable<Parameters<typeof api.tenCrop>[2]>>({ verticalFlip: optional(true, bool) }),
      },
    },
    toTensor: { call: api.toTensor, parameters: {} },
    transformModule: {
      call: api.transformModule,
      parameters: { module: needed(new URL('file:///noise.js'), (value) => URL.canParse(String(value))) },
    },
    trivialAugmentWide: {
      call: api.trivialAugmentWide,
      parameters: {
        options: options<NonNullable<Parameters<typeof api.trivialAugmentWide>[0]>>({
          numMagnitudeBins: optional(31, from(2, 1000, whole)),
          ...reading,
        }),
      },
    },
    cropImage: {
      call: api.cropImage,
      parameters: {
        image: needed(image),
        box: options<api.Box>(
          {
            top: needed(0, from(0, 1, whole)),
            left: needed(0, from(0, 1, whole)),
            height: needed(1, from(0, 2, whole)),
            width: needed(1, from(0, 2, whole)),
          },
          false,
        ),
      },
    },
    contiguousImage: { call: api.contiguousImage, parameters: { image: needed(image) } },
    rgbImage: {
      call: api.rgbImage,
      parameters: { data: needed(new Uint8Array(12)), height: needed(2, whole), width: needed(2, whole) },
    },
    loadWeights: {
      call: api.loadWeights,
      isAsync: true,
      parameters: { source: needed(saved, source), signal: aSignal },
    },
    readSafetensors: { call: api.readSafetensors, parameters: { bytes: needed(saved) } },
    toFloat32: { call: api.toFloat32, parameters: { tensor: needed(tensor) } },
    readTorch: { call: api.readTorch, isAsync: true, parameters: { bytes: needed(torch) } },
    writeSafetensors: {
      call: api.writeSafetensors,
      parameters: { tensors: needed(tensors), metadata: optional(new Map([['a', 'b']])) },
    },

    // onnx-finetune/cluster
    clusterWorker: {
      call: cluster.clusterWorker,
      isAsync: true,
      parameters: {
        options: options<cluster.ClusterWorkerOptions>(
          {
            ...queue,
            concurrency: optional(1, positive),
            jobThreads: optional(1, positive),
            lockSeconds: optional(30, from(1)),
            onEvent: optional(() => {}, call),
          },
          false,
        ),
      },
    },
    computeFeatures: {
      call: cluster.computeFeatures,
      isAsync: true,
      parameters: {
        model: needed(frozen),
        options: options<cluster.ComputeFeaturesOptions>(
          {
            train: needed({ classes: ['a'], samples: [{ source: inside('a.png'), label: 0 }] }),
            validation: optional({ classes: ['a'], samples: [{ source: inside('a.png'), label: 0 }] }),
            trainTransform: optional(transform),
            validationTransform: optional(transform),
            directory: needed('/dev/null/features', word),
            views: optional(1, positive),
            seed,
            decoder: optional('jimp'),
            autoOrient: optional(true, bool),
            batchSize: optional(2, positive),
            shards: optional(2, positive),
            cluster: optional('local'),
            attempts: optional(1, positive),
            onProgress: optional(() => {}, call),
            signal: aSignal,
          },
          false,
        ),
      },
    },
    localCluster: {
      call: cluster.localCluster,
      parameters: {
        options: options<cluster.LocalClusterOptions>({
          concurrency: optional(1, positive),
          jobThreads: optional(1, positive),
        }),
      },
    },
    predictShards: {
      call: cluster.predictShards,
      isAsync: true,
      parameters: {
        options: options<cluster.PredictShardsOptions>(
          {
            classifier: needed(inside('c.onnx'), word),
            list: needed(inside('list.jsonl'), word),
            out: needed(inside('out'), word),
            shards: optional(2, positive),
            top: optional(1, positive),
            resume: optional(true, bool),
            cluster: optional('local'),
            attempts: optional(1, positive),
            onProgress: optional(() => {}, call),
            signal: aSignal,
          },
          false,
        ),
      },
    },
    readShardProgress: {
      call: cluster.readShardProgress,
      isAsync: true,
      parameters: { directory: needed(inside('shards'), word) },
    },
    redisCluster: {
      call: cluster.redisCluster,
      parameters: {
        options: options<cluster.RedisClusterOptions>({ ...queue, waiting: optional(10, positive) }, false),
      },
    },
    sweep: {
      call: cluster.sweep,
      isAsync: true,
      parameters: {
        options: options<cluster.SweepOptions>(
          {
            images: needed(inside('images'), word),
            out: needed('/dev/null/sweep', word),
            search: needed({ lr: [0.1] }, emptyRecord),
            options: optional({ epochs: 1 }, isJsonObject),
            method: optional('asha'),
            runs: optional(1, positive),
            seed,
            metric: optional('loss'),
            leastEpochs: optional(1, positive),
            factor: optional(2, from(2, 2 ** 53, whole)),
            cluster: optional('local'),
            attempts: optional(1, positive),
            onProgress: optional(() => {}, call),
            signal: aSignal,
          },
          false,
        ),
      },
    },

    // onnx-finetune/node
    downloadArchive: {
      call: node.downloadArchive,
      isAsync: true,
      parameters: {
        options: options<node.DownloadArchiveOptions>(
          {
            urls: needed(['http://127.0.0.1:1/a.zip']),
            sha256: optional('a'.repeat(64)),
            sha1: optional('a'.repeat(40)),
            bytes: optional(1, size),
            file: optional('a.zip', (value) => word(value) && /^\w/.test(String(value))),
            ...downloads,
            signal: optional(AbortSignal.abort(baseError('aborted', { operation: 'downloadArchive' }))),
          },
          false,
        ),
      },
    },
    ImageFolder: {
      call: node.ImageFolder,
      isAsync: true,
      parameters: {
        directory: needed(inside('p'), word),
        options: options<node.ImageFolderOptions>({ extensions: optional(['.jpg']), onError: optional('skip') }),
      },
    },
    manifestDataset: {
      call: node.manifestDataset,
      isAsync: true,
      parameters: {
        path: needed(inside('a.csv'), word),
        options: options<node.ManifestOptions>({
          format: optional('csv'),
          classes: optional(['a', 'b']),
          values: optional(['a']),
          separator: optional(';', word),
        }),
      },
    },
    cacheSources: {
      call: node.cacheSources,
      parameters: {
        dataset: needed(dataset),
        options: options<node.CacheSourcesOptions>({
          directory: optional('/nowhere', word),
          bytes: optional(1000, from(1, Number.POSITIVE_INFINITY, whole)),
          mostBytes: optional(1000, from(1, 2 ** 31 - 1, whole)),
          retries: optional(1, from(0, 20, whole)),
          patience: optional(1, from(1e-9, 3600)),
        }),
      },
    },
    tarDataset: {
      call: node.tarDataset,
      isAsync: true,
      parameters: {
        shards: needed(inside('a.tar'), (value) => word(value) || isListOfWords(value)),
        options: options<node.TarDatasetOptions>({
          classes: optional(['a', 'b']),
          extensions: optional(['.jpg']),
          window: optional(1000, from(1, Number.POSITIVE_INFINITY, whole)),
          cacheDirectory: optional('/nowhere', word),
          shardBytes: optional(1000, from(1, Number.POSITIVE_INFINITY, whole)),
        }),
      },
    },
    writeProject: {
      call: node.writeProject,
      isAsync: true,
      parameters: {
        project: options<api.Project>(projectParts, false),
        path: needed(inside('a.zip'), path),
        options: options<api.SaveProjectOptions>(saving),
      },
    },
    writeWeights: {
      call: node.writeWeights,
      isAsync: true,
      parameters: {
        model: needed(model),
        path: needed(inside('w'), word),
        options: options<api.SaveWeightsOptions>({ precision: optional('float32') }),
      },
    },
    writeFileWhole: {
      call: node.writeFileWhole,
      isAsync: true,
      parameters: { path: needed(inside('whole'), word), content: needed(new Uint8Array(1), word) },
    },
    showProgress: {
      call: node.showProgress,
      isAsync: true,
      parameters: {
        run: needed({
          async *[Symbol.asyncIterator]() {
            yield { type: 'done', result: 1 }
          },
        }),
        options: options<node.ShowProgressOptions>({
          stream: optional({ write() {} }),
          json: optional(true, bool),
          color: optional(true, bool),
          width: optional(80),
        }),
      },
    },
    writeReport: {
      call: node.writeReport,
      isAsync: true,
      parameters: {
        run: needed(run),
        path: needed(inside('r'), word),
        options: options<node.WriteReportOptions>({
          title: optional('t', text),
          command: optional('c', text),
          mistakes: optional(1, from(0, 2 ** 53, whole)),
          explain: optional(model),
          signal: aSignal,
        }),
      },
    },
    writeMetrics: {
      call: node.writeMetrics,
      isAsync: true,
      parameters: { run: needed(run), directory: needed('/dev/null/not', word) },
    },
    writeTensorBoard: {
      call: node.writeTensorBoard,
      isAsync: true,
      parameters: { run: needed(run), directory: needed('/dev/null/not', word) },
    },

    // onnx-finetune/training
    'training: TrainingSession': {
      call: training.TrainingSession.create,
      isAsync: true,
      parameters: {
        files: needed({ checkpointState: inside('c'), trainModel: inside('t') }),
        options: needed({ learningRate: 0.1 }, either(nothing, emptyRecord)),
      },
    },
  }
}

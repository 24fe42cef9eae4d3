import { baseError } from '../errors.js'
import { splitAtEmbedding } from '../finetune/features/splitAtHead.js'
import type { Model } from '../model/Model.js'
import { GraphBuilder } from '../onnx/builder.js'
import { namesIn } from '../onnx/format/names.js'
import type { Graph, Node, ValueInfo } from '../onnx/graph/graph.js'
import { CAST_TO, float32, int64 } from '../onnx/graph/tensor.js'
import { castToFloat16, findBeyondFloat16 } from '../onnx/transform/cast.js'
import { eliminateDeadNodes } from '../onnx/transform/eliminateDeadNodes.js'
import { foldBatchNorm } from '../onnx/transform/foldBatchNorm.js'
import { removeDropout } from '../onnx/transform/removeDropout.js'
import { renameValues } from '../onnx/transform/renameValues.js'
import { deployError } from './errors.js'
import {
  EMBEDDING,
  type ExportedCalibration,
  type ExportedExtras,
  IMAGE,
  LOGITS,
  outputOf,
  PROBABILITIES,
  type Precision,
  TOP_CLASSES,
  TOP_PROBABILITIES,
  VALUES,
  writeMetadata,
} from './metadata.js'
import { declarePortableOpset } from './portableOpset.js'

const MEAN = 'normalize.mean'
const STD = 'normalize.std'
const TEMPERATURE = 'calibration.temperature'
const TOP_K = 'top.k'
/** The names of the values that the classifier adds to the network. */
const OWN_NAMES = [IMAGE, PROBABILITIES, LOGITS, VALUES, MEAN, STD, TEMPERATURE]
const TOP_NAMES = [TOP_CLASSES, TOP_PROBABILITIES, TOP_K]

/**
 * Builds the graph of a standalone classifier: normalization, the network with batch norm folded, softmax; with a
 * calibration, of the logits divided by its temperature. Of several labels an image a sigmoid, of regression nothing.
 *
 * Normalization is nodes of its own. Folded into the first convolution it would be wrong at the border, where the
 * padding is 0 after normalization, not before. In float16 both ends stay in float32: a byte / 255 and a probability
 * need the precision.
 */
export function buildClassifier(model: Model, precision: Precision, extras: ExportedExtras = {}): Graph {
  const feature = extras.embedding ? featureOf(model) : undefined
  const { topK } = extras
  const reserved = [...OWN_NAMES, ...(feature ? [EMBEDDING] : []), ...(topK === undefined ? [] : TOP_NAMES)]
  const { graph, input, logits, features } = bareNetwork(model, precision, reserved, feature?.name)
  // With the nodes, whose names it does not use again.
  const g = new GraphBuilder(graph)
  const nodes = graph.nodes
  graph.nodes = []
  addNormalization(g, model, input, precision)
  graph.nodes.push(...nodes)
  const probabilities = addOutputs(g, model, logits, { precision, calibration: extras.calibration })
  if (topK !== undefined && probabilities !== undefined) addTop(g, probabilities, topK)
  if (feature && features)
    addEmbedding(g, features, feature, { precision, isNormalized: extras.embedding === 'normalized' })
  renameNodesBeside(nodes, graph.nodes)

  graph.name = `${model.architecture} classifier`
  graph.metadata = writeMetadata(model, precision, extras)
  declarePortableOpset(graph)
  return graph
}

interface Network {
  readonly graph: Graph
  /** The input and output of the network. In float32 the latter has the name of the file's output already. */
  readonly input: string
  readonly logits: string
  /** The features before the head, if they are an output too. */
  readonly features: string | undefined
}

/**
 * Returns the network without declared inputs and outputs. An input that could override a constant is removed.
 *
 * @param reserved the names that no value of the network may have
 * @param feature the value before the head, which is kept. Default: none is
 */
function bareNetwork(
  { graph: forward, task }: Model,
  precision: Precision,
  reserved: readonly string[],
  feature?: string,
): Network {
  const graph = forward.clone()
  graph.inputs = forward.inputs.slice(0, 1)
  graph.outputs = forward.outputs.slice(0, 1)
  if (feature !== undefined) graph.outputs.push({ name: feature, type: 'float32' })
  graph.values = new Map()
  const named = precision === 'float32' ? outputOf(task) : `network/${outputOf(task)}`
  renameValues(graph, namesBeside(graph, new Map([[graph.outputs[0]!.name, named]]), reserved))

  removeDropout(graph)
  const folded = foldBatchNorm(graph)
  eliminateDeadNodes(folded)
  if (precision === 'float16') narrow(folded)
  const input = folded.inputs[0]!.name
  const features = folded.outputs[1]?.name
  folded.inputs = []
  folded.outputs = []
  return { graph: folded, input, logits: named, features }
}

/** Renames nodes of the network, under `network`, whose names those of the classifier have: it may have been one before. */
function renameNodesBeside(network: readonly Node[], all: readonly Node[]): void {
  const ofNetwork = new Set(network)
  const added = new Set(all.filter((node) => !ofNetwork.has(node)).map(({ name }) => name))
  const taken = new Set(all.map(({ name }) => name))
  for (const node of network) {
    if (node.name === '' || !added.has(node.name)) continue
    while (taken.has(node.name)) node.name = `network${node.name}`
    taken.add(node.name)
  }
}

/** Returns new names for values, and names under `network/` for those that have a new name or a `reserved` one so far. */
function namesBeside(graph: Graph, names: ReadonlyMap<string, string>, reserved: readonly string[]) {
  const existing = new Set(namesIn(graph))
  const taken = new Set([...existing, ...names.values(), ...reserved])
  const all = new Map(names)
  for (const name of [...names.values(), ...reserved]) {
    if (!existing.has(name) || all.has(name)) continue
    let free = `network/${name}`
    while (taken.has(free)) free = `network/${free}`
    all.set(name, free)
    taken.add(free)
  }
  return all
}

/**
 * Converts the graph to float16.
 *
 * @throws FineTuneError 'deploy/float16-range' for a constant that is too large
 */
function narrow(graph: Graph): void {
  const beyond = findBeyondFloat16(graph)
  if (beyond) throw deployError('deploy/float16-range', beyond)
  castToFloat16(graph)
}

/** Adds (image - mean) / std, in the order and precision of the training pipeline: the network gets the same bits. */
function addNormalization(g: GraphBuilder, model: Model, input: string, precision: Precision): void {
  const { height, width } = model.inputSize
  const { mean, std } = model.preprocessing
  const perChannel = (name: string, values: readonly number[]) =>
    g.initializer(name, float32(values, [1, values.length, 1, 1]))
  const image = g.input(IMAGE, 'float32', ['N', 3, height, width])
  const centred = g.op('Sub', [image, perChannel(MEAN, mean)], {}, { name: '/normalize/Sub' })
  const isLast = precision === 'float32' && { outputs: [input] }
  const normalized = g.op('Div', [centred, perChannel(STD, std)], {}, { name: '/normalize/Div', ...isLast })
  if (precision === 'float16')
    g.op('Cast', [normalized], { to: CAST_TO.float16 }, { name: '/toFloat16', outputs: [input] })
}

interface OutputForm {
  readonly precision: Precision
  readonly calibration: ExportedCalibration | undefined
}

/** Adds the outputs of the task. @returns the name of the probabilities, if the task has some */
function addOutputs(
  g: GraphBuilder,
  model: Model,
  logits: string,
  { precision, calibration }: OutputForm,
): string | undefined {
  const named = { name: '/toFloat32', outputs: [outputOf(model.task)] }
  const scores = precision === 'float16' ? g.op('Cast', [logits], { to: CAST_TO.float32 }, named) : logits
  const isProbability = { name: `/${PROBABILITIES}`, outputs: [PROBABILITIES] }
  const shape = ['N', model.classes.length]
  if (model.task === 'multiLabel') g.output(g.op('Sigmoid', [scores], {}, isProbability), 'float32', shape)
  if (model.task === 'classification') {
    const scaled = calibration ? divided(g, scores, calibration.temperature) : scores
    g.output(g.op('Softmax', [scaled], { axis: 1 }, isProbability), 'float32', shape)
  }
  g.output(scores, 'float32', shape)
  return model.task === 'regression' ? undefined : PROBABILITIES
}

/** Adds the outputs of the `topK` highest probabilities, the highest first. */
function addTop(g: GraphBuilder, probabilities: string, topK: number): void {
  const k = g.initializer(TOP_K, int64([topK]))
  const outputs = [TOP_PROBABILITIES, TOP_CLASSES]
  g.ops('TopK', [probabilities, k], { axis: 1 }, { name: '/top', outputs })
  g.output(TOP_PROBABILITIES, 'float32', ['N', topK])
  g.output(TOP_CLASSES, 'int64', ['N', topK])
}

const divided = (g: GraphBuilder, scores: string, temperature: number): string =>
  g.op('Div', [scores, g.initializer(TEMPERATURE, float32([temperature], []))], {}, { name: '/calibration/Div' })

/** Returns the value that is the embedding of each image. @throws FineTuneError 'options/invalid' if there are several */
function featureOf(model: Model): ValueInfo {
  const { features } = splitAtEmbedding(model, 'exportClassifier: model')
  if (features.length === 1) return features[0]!
  throw baseError('options/invalid', {
    option: 'exportClassifier: embedding',
    received: true,
    expected: `false, for the head reads ${features.length} values of an image`,
  })
}

interface EmbeddingForm {
  readonly precision: Precision
  readonly isNormalized: boolean
}

/** Adds the output of the embedding: float32 [N, size]; maps are averaged. */
function addEmbedding(
  g: GraphBuilder,
  features: string,
  { shape }: ValueInfo,
  { precision, isNormalized }: EmbeddingForm,
): void {
  const [, size = null, ...positions] = shape ?? []
  const name = { name: `/${EMBEDDING}`, outputs: [EMBEDDING] }
  const wide = precision === 'float16' ? g.op('Cast', [features], { to: CAST_TO.float32 }) : features
  const pooled = positions.length > 0 ? g.op('GlobalAveragePool', [wide]) : wide
  const vectors = g.op('Flatten', [pooled], { axis: 1 }, isNormalized ? {} : name)
  g.output(isNormalized ? g.op('Div', [vectors, lengthsOf(g, vectors)], {}, name) : vectors, 'float32', ['N', size])
}

/** Adds the lengths of vectors; that of zeros is a little above 0. */
function lengthsOf(g: GraphBuilder, vectors: string): string {
  const squares = g.op('ReduceSum', [g.op('Mul', [vectors, vectors]), g.ints(1)], { keepdims: 1 })
  return g.op('Max', [g.op('Sqrt', [squares]), g.scalar(1e-12)])
}

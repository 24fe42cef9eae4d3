import * as z from 'zod'
import type { Graph } from '../onnx/graph/graph.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { downloadWeights } from '../weights/downloadWeights.js'
import {
  describeSource,
  fetchWeights,
  readWeights,
  type WeightsFile,
  type WeightsSource,
} from '../weights/loadWeights.js'
import { type Architecture, type Blueprint, evaluationOf } from './Architecture.js'
import { agreedSizes, type Sizes } from './agreedSizes.js'
import { architectures } from './architectures.js'
import type { Backbone, Head, KeptClassifier, Preprocessing } from './Backbone.js'
import { checkSizes } from './checkSizes.js'
import { backboneError } from './errors.js'
import { fitTensors } from './fitTensors.js'
import { addHeadLayers, deepHead, hiddenLayersIn } from './headLayers.js'
import { imagenetClasses } from './imagenetClasses.js'
import { initialise } from './initialise.js'
import { KEPT, keepBeside } from './keepBeside.js'
import type { Checked } from './loadBackboneOptions.js'
import type { SavedNetworkInfo } from './savedNetworkInfo.js'
import { type BackboneWeights, backboneWeights } from './weights.js'

/** Loads or makes the backbone of `loadBackbone`. */
export async function makeBackbone(name: string, options: Checked): Promise<Backbone> {
  const architecture = findArchitecture(name)
  options.signal?.throwIfAborted()
  if (options.weights === 'none') return fromSeed(architecture, options)
  const record = findRecord(name, options.weights)
  if (record) return fromRecord(architecture, record, options)
  const source = options.weights as WeightsSource
  const bytes = await fetchWeights(source, options.signal)
  return fromFile(architecture, await readWeights(bytes, describeSource(source)), describeSource(source), options)
}

function findArchitecture(name: string): Architecture {
  const architecture = architectures.find((candidate) => candidate.name === name)
  if (architecture) return architecture
  throw backboneError('backbones/unknown', { backbone: name, known: architectures.map((a) => a.name) })
}

/** Finds the record of published weights. A bare word is the name of one, not a path. */
function findRecord(backbone: string, weights: Checked['weights']): BackboneWeights | undefined {
  if (typeof weights === 'object' && 'files' in weights) return weights
  if (typeof weights !== 'string' || !/^\w+$/.test(weights)) return undefined
  const records = backboneWeights.filter((record) => record.backbone === backbone)
  const record = records.find(({ name }) => name === weights)
  if (record) return record
  throw backboneError('backbones/unknown-weights', {
    backbone,
    weights,
    known: ['none', ...records.map(({ name }) => name)],
  })
}

async function fromRecord(architecture: Architecture, record: BackboneWeights, options: Checked): Promise<Backbone> {
  const { bytes, path } = await downloadWeights(record, options)
  const imageSize = options.imageSize ?? (architecture.adapt && record.preprocessing.crop)
  return fromFile(architecture, await readWeights(bytes, path), path, { ...options, imageSize }, record)
}

/** Makes a network with random weights. */
export function fromSeed(architecture: Architecture, options: Checked): Backbone {
  const { count = 1000, names } = requestedClasses(options)
  const { imageSize = evaluationOf(architecture).crop, width } = options
  const { graph, tensors } = build(architecture, { imageSize, width }, count)
  fill(graph, initialise(tensors, options.seed))
  return asBackbone(architecture, { graph, tensors }, names, scaled(architecture, imageSize))
}

function fromFile(
  architecture: Architecture,
  given: WeightsFile,
  source: string,
  options: Checked,
  record?: BackboneWeights,
): Backbone {
  const backbone = architecture.name
  const file = withCurrentNames(architecture, given)
  const requested = requestedClasses(options)
  const { saved, ...sizes } = agreedSizes(architecture, file, source, options)
  const head = headIn(architecture, file, saved)
  const usual = architecture.hasNoHead ? 1 : 1000
  const count = requested.count ?? (file.tensors.get(head.bias)?.dims[0] || usual)
  const built = build(architecture, sizes, count)
  const withOld = saved?.kept ? withKept(built, architecture, saved.kept, file) : built
  const { graph, tensors, kept } = withLayers(withOld, architecture, head, file)
  if (file.format === 'ONNX' && tensors.some(({ name }) => !file.tensors.has(name)))
    throw backboneError('backbones/onnx-model', { backbone, source })
  const { ignoreUnexpected } = options
  const { imageSize, width = architecture.defaultWidth } = sizes
  const adapted = architecture.adapt?.(file.tensors, { imageSize, width, classes: count })
  fill(graph, fitTensors(tensors, adapted ?? file.tensors, { backbone, source, ignoreUnexpected }))
  const published = record?.classes.length === count ? record.classes : undefined
  const names = requested.names ?? published ?? namesInFile(file, count)
  const preprocessing = saved?.preprocessing ?? scaled(architecture, sizes.imageSize, record?.preprocessing)
  const made = asBackbone({ ...architecture, head }, { graph, tensors, kept }, names, preprocessing)
  return saved?.task ? { ...made, task: saved.task } : made
}

interface KeptBlueprint extends Blueprint {
  readonly kept?: KeptClassifier | undefined
}

/** Adds the classifier that `keepClassifier` kept to the network of a file. */
function withKept(
  { graph, tensors }: Blueprint,
  { head }: Architecture,
  classes: readonly number[],
  { tensors: found }: WeightsFile,
): KeptBlueprint {
  const count = found.get(KEPT.bias)?.dims[0] ?? 0
  if (classes.some((row) => row >= count)) return { graph, tensors }
  const old = tensors.find(({ name }) => name === head.weight)!
  const [own, features] = old.dims as [number, number]
  const buffer = (name: string, dims: readonly number[]) => ({ ...old, name, dims, role: 'buffer' as const })
  const wide = tensors.map((spec) => (spec === old ? { ...old, dims: [own, features + classes.length] } : spec))
  const kept = [buffer(KEPT.weight, [count, features]), buffer(KEPT.bias, [count])]
  return { ...keepBeside({ graph, head }, classes), tensors: [...wide, ...kept] }
}

/** Returns the head of a file, which may have several layers in the place of the network's one. */
const headIn = ({ head }: Architecture, { tensors }: WeightsFile, info: SavedNetworkInfo | undefined): Head =>
  deepHead(
    head,
    hiddenLayersIn(head, (name) => tensors.has(name)),
    { dropout: info?.dropout, embedding: info?.embedding },
  )

/** Adds the layers that the head of a file has before its last one, and its dropout. */
function withLayers(
  blueprint: KeptBlueprint,
  { head: plain }: Architecture,
  head: Head,
  file: WeightsFile,
): KeptBlueprint {
  if (!head.hidden && !head.dropout) return blueprint
  const { tensors } = blueprint
  const graph = blueprint.graph.clone()
  addHeadLayers(graph, plain, head)
  const old = tensors.find(({ name }) => name === plain.weight)!
  const [classes, features, ...kernel] = old.dims
  const widths = (head.hidden ?? []).map(({ bias }) => file.tensors.get(bias)?.dims[0] ?? 1)
  const sizes = [features!, ...widths, classes!]
  const layers = [...(head.hidden ?? []), head].flatMap(({ weight, bias }, i) => [
    { ...old, name: weight, dims: [sizes[i + 1]!, sizes[i]!, ...kernel] },
    { ...old, name: bias, dims: [sizes[i + 1]!] },
  ])
  const others = tensors.filter(({ name }) => name !== plain.bias)
  return { ...blueprint, graph, tensors: others.flatMap((spec) => (spec === old ? layers : [spec])) }
}

function withCurrentNames({ currentName }: Architecture, file: WeightsFile): WeightsFile {
  if (!currentName) return file
  return { ...file, tensors: new Map([...file.tensors].map(([name, tensor]) => [currentName(name), tensor])) }
}

function requestedClasses({ classes }: Checked): { count?: number | undefined; names?: readonly string[] } {
  return Array.isArray(classes) ? { count: classes.length, names: classes } : { count: classes }
}

/**
 * Returns the class names in a file. `saveWeights` writes them as a JSON list; other programs store other things there.
 * Files of ImageNet's weights name no classes, and few other files have 1000.
 */
function namesInFile({ metadata }: WeightsFile, count: number): readonly string[] | undefined {
  const unnamed = count === imagenetClasses.length ? imagenetClasses : undefined
  try {
    const names: unknown = JSON.parse(metadata.get('classes') ?? '')
    return z.array(z.string()).length(count).safeParse(names).data ?? unnamed
  } catch {
    return unnamed
  }
}

function build(architecture: Architecture, { imageSize, width }: Sizes, classes: number): Blueprint {
  const sizes = { classes, imageSize, width: width ?? architecture.defaultWidth }
  checkSizes(architecture, sizes)
  return architecture.build(sizes)
}

/** Adds the learned tensors to the constants that are part of the network. */
function fill({ initializers }: Graph, tensors: ReadonlyMap<string, Tensor>): void {
  for (const [name, tensor] of tensors) initializers.set(name, tensor)
}

function asBackbone(
  { name, head }: Architecture,
  { graph, tensors, kept }: KeptBlueprint,
  classes: readonly string[] | undefined,
  preprocessing: Preprocessing,
): Backbone {
  const named = (role: string) => tensors.filter((tensor) => tensor.role === role).map((tensor) => tensor.name)
  return {
    architecture: name,
    graph,
    parameters: named('parameter'),
    buffers: named('buffer'),
    head,
    classes,
    preprocessing,
    ...(kept && { kept }),
  }
}

/** Scales published preprocessing to images of another size. */
function scaled(
  architecture: Architecture,
  imageSize: number,
  published: BackboneWeights['preprocessing'] | { resize: number; crop: number } = evaluationOf(architecture),
): Preprocessing {
  const { mean, std } = architecture
  const resize = Math.round((imageSize * published.resize) / published.crop)
  return { mean, std, ...published, resize, crop: imageSize }
}

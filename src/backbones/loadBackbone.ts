import { z } from 'zod'
import { FineTuneError } from '../errors.js'
import { checkOptions } from '../options.js'
import { downloadWeights } from '../weights/download/downloadWeights.js'
import type { DownloadEvent } from '../weights/download/WeightRecord.js'
import {
  describeSource,
  fetchWeights,
  readWeights,
  type WeightsFile,
  type WeightsSource,
} from '../weights/loadWeights.js'
import type { Architecture, Blueprint } from './Architecture.js'
import { architectures } from './architectures.js'
import type { Backbone, Preprocessing } from './Backbone.js'
import { fitTensors } from './fitTensors.js'
import { imagenetClasses } from './imagenetClasses.js'
import { initialise } from './initialise.js'
import { type BackboneWeights, backboneWeights } from './weights.js'

export interface LoadBackboneOptions {
  /**
   * Where the weights come from:
   * - `'IMAGENET1K_V1'`: published weights, downloaded once into the cache (`backboneWeights` lists them all)
   * - a file with torchvision's or timm's names: safetensors, or what PyTorch's `torch.save` wrote; as a path, a URL or
   *   its bytes
   * - a record like those of `backboneWeights`, for weights published elsewhere
   * - `'none'`: random ones (torchvision's initialisation)
   */
  readonly weights: 'none' | 'IMAGENET1K_V1' | (string & {}) | URL | Uint8Array | BackboneWeights
  /** Decides the random weights. Default 0. */
  readonly seed?: number | undefined
  /** Height and width of the pictures, in pixels. Default 224. */
  readonly imageSize?: number | undefined
  /** Channels of the first stage, of which the others are multiples. Default 64, as in torchvision. */
  readonly width?: number | undefined
  /**
   * The number of classes, or their names. Default: what the file has; 1000 without a file. A file with 1000 classes that
   * does not name them is taken for ImageNet's.
   */
  readonly classes?: number | readonly string[] | undefined
  /** Passes over tensors of the file that the network has no place for. Default false: they are an error. */
  readonly ignoreUnexpected?: boolean | undefined
  /** Hears how a download of published weights goes on. */
  readonly onProgress?: ((event: DownloadEvent) => void) | undefined
  /** Where downloads are kept. Default: $ONNX_FINETUNE_CACHE, or a folder in the platform's place for caches. */
  readonly cacheDirectory?: string | undefined
  readonly signal?: AbortSignal | undefined
}

const preprocessingSchema = z.strictObject({
  resize: z.int().min(1),
  crop: z.int().min(1),
  mean: z.array(z.number()).length(3),
  std: z.array(z.number().positive()).length(3),
})

const recordSchema = z.strictObject({
  name: z.string().min(1),
  backbone: z.string(),
  files: z
    .array(
      z.strictObject({
        file: z.string().regex(/^[\w][\w.-]*$/, 'a file name without a directory'),
        urls: z.array(z.string().regex(/^https?:\/\//, 'an http(s) URL')),
        bytes: z.int().min(1),
        sha256: z.string().regex(/^[0-9a-f]{8,64}$/, '8 to 64 lower-case hex digits'),
      }),
    )
    .min(1),
  licence: z.string(),
  origin: z.string(),
  classes: z.array(z.string()),
  preprocessing: preprocessingSchema,
})

const schema = z.strictObject({
  weights: z.union([z.string().min(1), z.instanceof(URL), z.instanceof(Uint8Array), recordSchema], {
    error: "'none', a name of published weights, a path, a URL, a Uint8Array or a record of weights",
  }),
  seed: z.int().default(0),
  imageSize: z.int().min(1).default(224),
  width: z.int().min(1).optional(),
  classes: z.union([z.int().min(1), z.array(z.string().min(1)).min(1)], { error: 'a number or names' }).optional(),
  ignoreUnexpected: z.boolean().default(false),
  onProgress: z.custom<(event: DownloadEvent) => void>((value) => typeof value === 'function', 'a function').optional(),
  cacheDirectory: z.string().min(1).optional(),
  signal: z.instanceof(AbortSignal).optional(),
})
type Checked = z.output<typeof schema>

/**
 * A pretrained network (or a random one), ready for `replaceHead`. float16 and bfloat16 weights become float32.
 *
 *     const backbone = await loadBackbone('resnet18', { weights: 'IMAGENET1K_V1' })
 *
 * @throws FineTuneError 'backbones/unknown', 'backbones/unknown-weights', 'backbones/mismatch' (every missing, misshapen
 *   or unexpected tensor by name), 'backbones/onnx-model' (a model, not weights: see `loadOnnxBackbone`), those of
 *   `downloadWeights` and of `loadWeights`, 'options/invalid', 'aborted'
 */
export async function loadBackbone(name: string, options: LoadBackboneOptions): Promise<Backbone> {
  const architecture = findArchitecture(name)
  const checked = checkOptions(schema, options, 'loadBackbone')
  if (checked.signal?.aborted) throw new FineTuneError('aborted', { operation: 'loadBackbone' })
  if (checked.weights === 'none') return fromSeed(architecture, checked)
  const record = findRecord(name, checked.weights)
  if (record) return fromRecord(architecture, record, checked)
  const source = checked.weights as WeightsSource
  const bytes = await fetchWeights(source, checked.signal)
  return fromFile(architecture, await readWeights(bytes, describeSource(source)), describeSource(source), checked)
}

function findArchitecture(name: string): Architecture {
  const architecture = architectures.find((candidate) => candidate.name === name)
  if (architecture) return architecture
  throw new FineTuneError('backbones/unknown', { backbone: String(name), known: architectures.map((a) => a.name) })
}

/** A bare word is a name of published weights, not a path. */
function findRecord(backbone: string, weights: Checked['weights']): BackboneWeights | undefined {
  if (typeof weights === 'object' && 'files' in weights) return weights
  if (typeof weights !== 'string' || !/^\w+$/.test(weights)) return undefined
  const records = backboneWeights.filter((record) => record.backbone === backbone)
  const record = records.find(({ name }) => name === weights)
  if (record) return record
  throw new FineTuneError('backbones/unknown-weights', {
    backbone,
    weights,
    known: ['none', ...records.map(({ name }) => name)],
  })
}

async function fromRecord(architecture: Architecture, record: BackboneWeights, options: Checked): Promise<Backbone> {
  const { bytes, path } = await downloadWeights(record, options)
  return fromFile(architecture, await readWeights(bytes, path), path, options, record)
}

function fromSeed(architecture: Architecture, options: Checked): Backbone {
  const { count = 1000, names } = requestedClasses(options)
  const { graph, tensors } = build(architecture, options, count)
  graph.initializers = initialise(tensors, options.seed)
  return asBackbone(architecture, { graph, tensors }, options, names)
}

function fromFile(
  architecture: Architecture,
  file: WeightsFile,
  source: string,
  options: Checked,
  record?: BackboneWeights,
): Backbone {
  const backbone = architecture.name
  const requested = requestedClasses(options)
  const count = requested.count ?? (file.tensors.get(architecture.head.bias)?.dims[0] || 1000)
  const { graph, tensors } = build(architecture, options, count)
  if (file.format === 'ONNX' && tensors.some(({ name }) => !file.tensors.has(name)))
    throw new FineTuneError('backbones/onnx-model', { backbone, source })
  const { ignoreUnexpected } = options
  graph.initializers = fitTensors(tensors, file.tensors, { backbone, source, ignoreUnexpected })
  const names = requested.names ?? record?.classes ?? namesInFile(file, count)
  return asBackbone(architecture, { graph, tensors }, options, names, record?.preprocessing)
}

function requestedClasses({ classes }: Checked): { count?: number | undefined; names?: readonly string[] } {
  return Array.isArray(classes) ? { count: classes.length, names: classes } : { count: classes }
}

/**
 * `saveWeights` writes the class names as a JSON list; other programs put other things there. Files of ImageNet's
 * weights name no classes, and what else has 1000 is rare.
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

function build(architecture: Architecture, { imageSize, width }: Checked, classes: number): Blueprint {
  return architecture.build({ classes, imageSize, width: width ?? architecture.defaultWidth })
}

function asBackbone(
  { name, head, mean, std }: Architecture,
  { graph, tensors }: Blueprint,
  { imageSize }: Checked,
  classes: readonly string[] | undefined,
  published: Pick<Preprocessing, 'resize' | 'crop'> = IMAGENET_EVALUATION,
): Backbone {
  const named = (role: string) => tensors.filter((tensor) => tensor.role === role).map((tensor) => tensor.name)
  const resize = Math.round((imageSize * published.resize) / published.crop)
  const preprocessing = { mean, std, ...published, resize, crop: imageSize }
  return {
    architecture: name,
    graph,
    parameters: named('parameter'),
    buffers: named('buffer'),
    head,
    classes,
    preprocessing,
  }
}

/** ImageNet's evaluation keeps the middle 224 of 256 pixels. */
const IMAGENET_EVALUATION = { resize: 256, crop: 224 }

import { z } from 'zod'
import { FineTuneError } from '../errors.js'
import { checkOptions } from '../options.js'
import { describeSource, loadWeights, type WeightsFile, type WeightsSource } from '../weights/loadWeights.js'
import type { Architecture, Blueprint } from './Architecture.js'
import { architectures } from './architectures.js'
import type { Backbone } from './Backbone.js'
import { fitTensors } from './fitTensors.js'
import { initialise } from './initialise.js'

export interface LoadBackboneOptions {
  /**
   * Where the weights come from: `'none'` for random ones (torchvision's initialisation), or a safetensors file with
   * torchvision's names, as a path, a URL or its bytes.
   */
  readonly weights: 'none' | (string & {}) | URL | Uint8Array
  /** Decides the random weights. Default 0. */
  readonly seed?: number | undefined
  /** Height and width of the pictures, in pixels. Default 224. */
  readonly imageSize?: number | undefined
  /** Channels of the first stage, of which the others are multiples. Default 64, as in torchvision. */
  readonly width?: number | undefined
  /** The number of classes, or their names. Default: what the file has; 1000 without a file. */
  readonly classes?: number | readonly string[] | undefined
  /** Passes over tensors of the file that the network has no place for. Default false: they are an error. */
  readonly ignoreUnexpected?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

const schema = z.strictObject({
  weights: z.union([z.string().min(1), z.instanceof(URL), z.instanceof(Uint8Array)], {
    error: "'none', a path, a URL or a Uint8Array",
  }),
  seed: z.int().default(0),
  imageSize: z.int().min(1).default(224),
  width: z.int().min(1).optional(),
  classes: z.union([z.int().min(1), z.array(z.string().min(1)).min(1)], { error: 'a number or names' }).optional(),
  ignoreUnexpected: z.boolean().default(false),
  signal: z.instanceof(AbortSignal).optional(),
})
type Checked = z.output<typeof schema>

/**
 * A pretrained network (or a random one), ready for `replaceHead`. float16 and bfloat16 weights become float32.
 *
 *     const backbone = await loadBackbone('resnet18', { weights: './resnet18.safetensors' })
 *
 * @throws FineTuneError 'backbones/unknown', 'backbones/unknown-weights', 'weights/unreadable', 'weights/malformed',
 *   'backbones/mismatch' (every missing, misshapen or unexpected tensor by name), 'options/invalid', 'aborted'
 */
export async function loadBackbone(name: string, options: LoadBackboneOptions): Promise<Backbone> {
  const architecture = findArchitecture(name)
  const checked = checkOptions(schema, options, 'loadBackbone')
  if (checked.signal?.aborted) throw new FineTuneError('aborted', { operation: 'loadBackbone' })
  if (checked.weights === 'none') return fromSeed(architecture, checked)
  rejectUnknownName(name, checked.weights)
  return fromFile(architecture, await loadWeights(checked.weights, checked.signal), checked)
}

function findArchitecture(name: string): Architecture {
  const architecture = architectures.find((candidate) => candidate.name === name)
  if (architecture) return architecture
  throw new FineTuneError('backbones/unknown', { backbone: String(name), known: architectures.map((a) => a.name) })
}

/** A bare word is a name of published weights, not a path; none are known yet. */
function rejectUnknownName(backbone: string, weights: WeightsSource): void {
  if (typeof weights === 'string' && /^\w+$/.test(weights))
    throw new FineTuneError('backbones/unknown-weights', { backbone, weights, known: ['none'] })
}

function fromSeed(architecture: Architecture, options: Checked): Backbone {
  const { count = 1000, names } = requestedClasses(options)
  const { graph, tensors } = build(architecture, options, count)
  graph.initializers = initialise(tensors, options.seed)
  return asBackbone(architecture, { graph, tensors }, options, names)
}

function fromFile(architecture: Architecture, file: WeightsFile, options: Checked): Backbone {
  const requested = requestedClasses(options)
  const count = requested.count ?? (file.tensors.get(architecture.head.bias)?.dims[0] || 1000)
  const { graph, tensors } = build(architecture, options, count)
  graph.initializers = fitTensors(tensors, file.tensors, {
    backbone: architecture.name,
    source: describeSource(options.weights),
    ignoreUnexpected: options.ignoreUnexpected,
  })
  return asBackbone(architecture, { graph, tensors }, options, requested.names ?? namesInFile(file, count))
}

function requestedClasses({ classes }: Checked): { count?: number | undefined; names?: readonly string[] } {
  return Array.isArray(classes) ? { count: classes.length, names: classes } : { count: classes }
}

/** `saveWeights` writes the class names as a JSON list; other programs put other things there. */
function namesInFile({ metadata }: WeightsFile, count: number): readonly string[] | undefined {
  try {
    const names: unknown = JSON.parse(metadata.get('classes') ?? '')
    return z.array(z.string()).length(count).safeParse(names).data
  } catch {
    return undefined
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
): Backbone {
  const named = (role: string) => tensors.filter((tensor) => tensor.role === role).map((tensor) => tensor.name)
  // ImageNet's evaluation keeps the middle 224 of 256 pixels.
  const preprocessing = { resize: Math.round((imageSize * 256) / 224), crop: imageSize, mean, std }
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

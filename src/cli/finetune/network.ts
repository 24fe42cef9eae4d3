import {
  type Backbone,
  backboneWeights,
  type DownloadEvent,
  freeze,
  keepClassifier,
  loadBackbone,
  loadOnnxBackbone,
  loadWeights,
  Model,
  recogniseBackbone,
  replaceHead,
  sharedClasses,
} from '../../index.js'
import { cliError } from '../errors.js'
import { USUAL } from '../files/savedNetwork.js'
import { names, type Options, real, section, text, type Values, whole } from '../options/options.js'
import { bytes, percent } from '../terminal/format.js'
import type { Output } from '../terminal/Output.js'

export const networkOptions = section('Network', {
  backbone: text('a network by name (the command models lists them), or the .onnx of an image classifier', {
    placeholder: 'NAME|FILE',
    otherwise: 'resnet18, or what the file of weights is for',
    completion: [...new Set(backboneWeights.map(({ backbone }) => backbone))],
  }),
  weights: text('IMAGENET1K_V1 (downloaded once), a safetensors or .pth file, or none: random ones', {
    placeholder: 'NAME|FILE',
    otherwise: 'IMAGENET1K_V1',
    completion: 'file',
  }),
  width: whole('channels of the first stage', { min: 1, otherwise: "what the file has, or the network's own" }),
  'image-size': whole('side of the images that the network sees, in pixels', {
    min: 1,
    otherwise: "what the file says, or the network's own: mostly 224",
  }),
  reuse: names('begin classes of yours from old ones, by name or number: hotdog=934,cat=281', {}),
  freeze: text('keep the network as it is up to and including this layer: layer3', { placeholder: 'LAYER' }),
} satisfies Options)

/** The options of a new head. The automatic recipe chooses these itself. */
export const headOptions = {
  hidden: names('widths of layers between the features and the last one: 256 or 512,128', { otherwise: 'none' }),
  embedding: whole('size of a layer before the last one, which makes the embeddings of images', {
    min: 1,
    otherwise: 'none: what the head sees is the embedding',
  }),
  dropout: real('share of the values before each layer of the head that a step drops', { below: 1, otherwise: '0' }),
} satisfies Options

type NetworkOptions = Values<typeof networkOptions> & Values<typeof headOptions> & { readonly seed: number }

/** Tells whether a training starts from random weights. */
export const isFromScratch = ({ weights }: Pick<NetworkOptions, 'weights'>): boolean => weights === 'none'

/**
 * Opens the network to train. Weights for exactly these classes (an earlier run's) keep their head; any others get a
 * new one.
 *
 * @param keeps true if the old classifier is kept for classes that it knows
 */
export async function openNetwork(
  options: NetworkOptions,
  classes: readonly string[],
  { out, signal, keeps }: { readonly out: Output; readonly signal: AbortSignal; readonly keeps: boolean },
): Promise<Model> {
  const backbone = await load(options, out, signal)
  const { reuse, hidden, embedding, dropout } = options
  const isNew = [reuse, hidden, embedding, dropout].some((option) => option !== undefined)
  const goesOn = String(backbone.classes) === String(classes) && !isNew
  const model = goesOn
    ? new Model({ ...backbone, classes })
    : replaceHead(keeps ? keepKnown(backbone, classes, out) : backbone, {
        classes,
        from: reused(reuse ?? []),
        hidden: widthsOf(hidden ?? []),
        embedding,
        dropout,
        seed: options.seed,
      })
  if (options.freeze !== undefined) freeze(model, { upTo: options.freeze })
  return model
}

/** Keeps the old classifier where it knows some of the new classes by name. */
function keepKnown(backbone: Backbone, classes: readonly string[], out: Output): Backbone {
  const shared = backbone.kept ? [] : sharedClasses(backbone, classes)
  if (shared.length === 0) return backbone
  const known = shared.map((row) => backbone.classes![row])
  if (!out.json)
    out.note(`The pretrained network knows ${known.join(', ')}: the new head is told how sure it is of that`)
  return keepClassifier(backbone, { classes: shared })
}

async function load(options: NetworkOptions, out: Output, signal: AbortSignal): Promise<Backbone> {
  const { backbone, weights = 'IMAGENET1K_V1', width, seed } = options
  const imageSize = options['image-size']
  if (backbone !== undefined && /\.onnx$/i.test(backbone)) return loadOnnxBackbone(backbone, { imageSize, signal })
  const name = backbone ?? (await backboneOf(weights, signal)) ?? USUAL
  const onProgress = (event: DownloadEvent) => showDownload(event, out)
  return loadBackbone(name, { weights, width, imageSize, seed, onProgress, signal })
}

/**
 * Returns the name of the network that a file of weights is for. `loadBackbone` reads a bare word as a name of
 * published weights, not as a file.
 */
async function backboneOf(weights: string, signal: AbortSignal): Promise<string | undefined> {
  if (/^\w+$/.test(weights)) return undefined
  return recogniseBackbone((await loadWeights(weights, signal)).tensors)?.backbone
}

/** Parses pairs such as `hotdog=934`: a new class, and the old one whose weights it starts from. */
function reused(pairs: readonly string[]): Record<string, number | string> {
  const entries = pairs.map((pair) => {
    const [, name, old] = /^(.+?)=(.+)$/.exec(pair) ?? []
    if (name === undefined || old === undefined)
      throw cliError('cli/bad-option', { option: '--reuse', expected: 'pairs CLASS=OLD', received: pair })
    return [name, /^\d+$/.test(old) ? Number(old) : old] as const
  })
  return Object.fromEntries(entries)
}

/** Parses the widths of hidden layers. */
const widthsOf = (words: readonly string[]): number[] =>
  words.map((word) => {
    if (/^[1-9]\d{0,6}$/.test(word)) return Number(word)
    throw cliError('cli/bad-option', { option: '--hidden', expected: 'whole numbers from 1 up', received: word })
  })

function showDownload(event: DownloadEvent, out: Output): void {
  if (event.type === 'download') out.status(`downloading ${event.file}: ${received(event)}`)
  else if (event.type === 'downloadFailed') out.note(`${event.url} ${event.problem}`)
  else out.note(`downloaded ${event.path}`)
}

const received = ({ received, total }: { readonly received: number; readonly total?: number | undefined }): string =>
  total === undefined ? bytes(received) : `${percent(received / total)} of ${bytes(total)}`

import {
  type Backbone,
  type Classifier,
  exportClassifier,
  loadBackbone,
  loadClassifier,
  loadOnnxBackbone,
  loadWeights,
  Model,
  recogniseBackbone,
} from '../../index.js'
import { cliError } from '../errors.js'
import { isProject, projectClassifier } from './projects.js'

export interface LoadOptions {
  readonly classes?: readonly string[] | undefined
  readonly imageSize?: number | undefined
  readonly signal: AbortSignal
}

/** Loads the network of a file: weights that train or PyTorch saved, or the .onnx of any classifier. */
export async function loadNetwork(source: string, options: LoadOptions): Promise<Backbone> {
  const { format, tensors } = await loadWeights(source, options.signal)
  const recognised = recogniseBackbone(tensors)
  if (format === 'ONNX' && !recognised) return loadOnnxBackbone(source, options)
  // If none is recognised, the error of the usual one names the missing tensors.
  return loadBackbone(recognised?.backbone ?? USUAL, { weights: pathOf(source), ...options })
}

/** The default architecture. */
export const USUAL = 'resnet18'

/** Makes a model of a network with its own head. */
export function asModel(command: string, source: string, backbone: Backbone): Model {
  const { classes } = backbone
  if (classes) return new Model({ ...backbone, classes })
  throw cliError('cli/arguments', { command, problem: `${source} names no classes: pass --classes A,B,..` })
}

/** Opens a classifier: a file of train or export, the weights of one, or a project with one. */
export async function openClassifier(
  command: string,
  source: string,
  { threads, signal }: { readonly threads: number | undefined; readonly signal: AbortSignal },
): Promise<Classifier> {
  if (isProject(source)) return projectClassifier(command, source, { threads, signal })
  const isWeights = /\.(safetensors|pth|pt)$/i.test(source)
  if (!isWeights) return loadClassifier(source, { threads, signal })
  const model = asModel(command, source, await loadNetwork(source, { signal }))
  return loadClassifier(await exportClassifier(model, undefined, { threads, signal }), { threads, signal })
}

/** Returns a path that `loadBackbone` does not read as a name of published weights, as it does a bare word. */
export const pathOf = (source: string): string => (/^\w+$/.test(source) ? `./${source}` : source)

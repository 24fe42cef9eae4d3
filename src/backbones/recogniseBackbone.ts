import { checkArgument, isMapOf, isObject, type Kind } from '../arguments.js'
import { type Architecture, hasWidth } from './Architecture.js'
import { architectures } from './architectures.js'

/** The options that `loadBackbone` needs to load a file's weights. */
export interface RecognisedBackbone {
  /** The name of the architecture, as `loadBackbone` takes it. */
  readonly backbone: string
  /** The number of channels of the first stage. */
  readonly width: number
  readonly classes: number
}

type Shapes = ReadonlyMap<string, { readonly dims: readonly number[] }>

/**
 * Recognises the backbone that a file of weights is for, by the names and shapes of its tensors: the one all of whose
 * tensors it has. `undefined` if `loadBackbone` knows no such backbone. A file of resnet34 holds all of resnet18, so
 * the largest counts.
 *
 *     const { tensors } = await loadWeights('hotdog.safetensors')
 *     const { backbone, width } = recogniseBackbone(tensors)!
 *
 * @throws FineTuneError 'options/invalid'
 */
export function recogniseBackbone(tensors: Shapes): RecognisedBackbone | undefined {
  checkArgument('recogniseBackbone: tensors', tensors, shapesKind)
  const fits = architectures.flatMap((architecture) => compare(architecture, tensors) ?? [])
  return fits.sort((a, b) => b.tensors - a.tensors)[0]?.recognised
}

const shapesKind: Kind = {
  expected: 'a Map of tensors by name',
  is: (value) => isMapOf(value, (tensor) => isObject(tensor) && Array.isArray(tensor.dims)),
}

function compare(
  architecture: Architecture,
  tensors: Shapes,
): { tensors: number; recognised: RecognisedBackbone } | undefined {
  const { name, head, defaultWidth } = architecture
  const classes = tensors.get(head.bias)?.dims[0]
  if (!classes || !tensors.has(head.weight)) return undefined
  const anySize = { classes, imageSize: 32 }
  const usual = architecture.build({ ...anySize, width: defaultWidth }).tensors
  const width = tensors.get(usual[0]!.name)?.dims[0]
  if (!width || !usual.every(({ name }) => tensors.has(name)) || !hasWidth(architecture, width)) return undefined
  const specs = width === defaultWidth ? usual : architecture.build({ ...anySize, width }).tensors
  const isThere = ({ name, dims }: (typeof specs)[number]) => String(tensors.get(name)?.dims) === String(dims)
  if (!specs.every(isThere)) return undefined
  return { tensors: specs.length, recognised: { backbone: name, width, classes } }
}

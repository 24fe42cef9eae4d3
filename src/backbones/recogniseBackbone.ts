import { checkArgument, isMapOf, isObject, type Kind } from '../arguments.js'
import { type Architecture, type FoundSizes, hasWidth } from './Architecture.js'
import { architectures } from './architectures.js'
import { deepHead, hiddenLayersIn } from './headLayers.js'
import { KEPT } from './keepBeside.js'

/** The options that `loadBackbone` needs to load a file's weights. */
export interface RecognisedBackbone {
  /** The name of the architecture, as `loadBackbone` takes it. */
  readonly backbone: string
  /** The number of channels of the first stage. */
  readonly width: number
  /** The number of classes; 0 for a feature extractor, without a classifier. */
  readonly classes: number
  /** The height and width of the images in pixels, if the tensors are for one size alone. */
  readonly imageSize?: number
}

/** The image size to build a network for, if its tensors do not depend on it. */
const ANY_SIZE = 32

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
  file: Shapes,
): { tensors: number; recognised: RecognisedBackbone } | undefined {
  const { name, head } = architecture
  const tensors = withPlainHead(file, architecture)
  const isHeadless = architecture.hasNoHead && !tensors.has(head.weight) && !tensors.has(head.bias)
  const classes = isHeadless ? 0 : tensors.get(head.bias)?.dims[0]
  if (classes === undefined || (!isHeadless && !(classes && tensors.has(head.weight)))) return undefined
  const { width, imageSize } = sizesOf(architecture, tensors)
  if (!width || !hasWidth(architecture, width)) return undefined
  const { tensors: all } = architecture.build({ classes: classes || 1, imageSize: imageSize ?? ANY_SIZE, width })
  const specs = isHeadless ? all.filter(({ name }) => name !== head.weight && name !== head.bias) : all
  // Beside a kept classifier the head has more features than the network.
  const any = tensors.has(KEPT.weight) ? head.weight : undefined
  const isThere = ({ name, dims }: (typeof specs)[number]) =>
    name === any || String(tensors.get(name)?.dims) === String(dims)
  if (!specs.every(isThere)) return undefined
  const recognised = { backbone: name, width, classes, ...(imageSize && { imageSize }) }
  return { tensors: specs.length, recognised }
}

/** Returns the shapes with those of a head of one layer in the place of several. */
function withPlainHead(tensors: Shapes, { head }: Architecture): Shapes {
  const hidden = hiddenLayersIn(head, (name) => tensors.has(name))
  if (hidden === 0) return tensors
  const deep = deepHead(head, hidden)
  const [weight, bias] = [tensors.get(deep.hidden![0]!.weight)!, tensors.get(deep.bias)]
  if (!bias) return tensors
  return new Map([...tensors, [head.weight, { dims: [...bias.dims, ...weight.dims.slice(1)] }], [head.bias, bias]])
}

function sizesOf(architecture: Architecture, tensors: Shapes): FoundSizes {
  const dims = (name: string) => tensors.get(name)?.dims
  if (architecture.sizesOf) return architecture.sizesOf(dims)
  const usual = architecture.build({ classes: 1, imageSize: ANY_SIZE, width: architecture.defaultWidth }).tensors
  return usual.every(({ name }) => tensors.has(name)) ? { width: dims(usual[0]!.name)?.[0] } : {}
}

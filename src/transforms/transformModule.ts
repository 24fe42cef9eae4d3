import { checkArgument, type Kind } from '../arguments.js'
import { transformError } from './errors.js'
import { replaceParts } from './parts.js'
import type { RgbImage } from './rgbImage.js'
import { type AnyTransform, isTransform, type Transform } from './transform.js'

/** The URLs of the modules, by the transforms that represent them. */
const modules = new WeakMap<AnyTransform, string>()

/**
 * Returns a custom transform that is defined in a module, as its default export or its export `transform`. The threads
 * that load images import it, so that it does not block the calling thread, as a transform passed as an object does.
 *
 *     const noise = transformModule(new URL('./noise.js', import.meta.url))
 *     const trainTransform = compose([randomResizedCrop(224), noise, toTensor()])
 *
 * It represents the transform in `fineTune` and in loaders; they import the module when they load the first image. Its
 * type is that of a step from image to image, unless type arguments say otherwise: `transformModule<RgbImage,
 * Tensor<'float32'>>(...)`.
 *
 * @param module an absolute URL of a JavaScript module that this runtime can import
 * @throws FineTuneError 'options/invalid'. Its users throw 'transforms/bad-module', which names the module, if it
 *   cannot be imported or exports no transform
 */
export function transformModule<In = RgbImage, Out = RgbImage>(module: URL | string): Transform<In, Out> {
  checkArgument('transformModule: module', module, urlKind)
  const url = String(module)
  const transform: Transform<In, Out> = {
    name: 'transformModule',
    apply() {
      throw badModule(url, 'it is imported and applied by fineTune and by loaders alone')
    },
  }
  modules.set(transform, url)
  return transform
}

/** Returns the URL of the module that a transform represents, if any. */
export const moduleOf = (transform: AnyTransform): string | undefined => modules.get(transform)

/** Returns the transforms, with modules imported, also those inside other transforms. */
export const importModules = (transforms: readonly AnyTransform[]): Promise<readonly AnyTransform[]> =>
  Promise.all(transforms.map((transform) => replaceParts(transform, importModule)))

async function importModule(transform: AnyTransform): Promise<AnyTransform> {
  const url = moduleOf(transform)
  if (url === undefined) return transform
  const exported = await import(/* @vite-ignore */ /* webpackIgnore: true */ url).catch((cause: unknown) => {
    throw badModule(url, `it cannot be imported: ${cause instanceof Error ? cause.message : cause}`, cause)
  })
  const found: unknown = exported.default ?? exported.transform
  if (isTransform(found)) return found
  throw badModule(
    url,
    'neither its default export nor its export "transform" is an object with a name and apply(input, random)',
  )
}

const badModule = (module: string, problem: string, cause?: unknown) =>
  transformError('transforms/bad-module', { module, problem }, { cause })
const urlKind: Kind = {
  expected: "an absolute URL, as new URL('./noise.js', import.meta.url) is",
  is: (value) => value instanceof URL || (typeof value === 'string' && URL.canParse(value)),
}

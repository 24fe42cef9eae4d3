import * as z from 'zod'
import { readSample } from '../data/dataset/dataset.js'
import { inspect } from '../data/decode/inspect.js'
import type { ImageSample } from '../data/samples/ImageSample.js'
import { type ZipFile, zipPieces } from '../io/zip/zipPieces.js'
import { checkOptions, defined, functionSchema } from '../options.js'
import { FileNames, nameOf } from './FileNames.js'
import { type Project, projectSchema } from './Project.js'
import { CLASSIFIER, FORMAT, IMAGES, PROJECT, type ProjectJson, VERSION } from './projectJson.js'

export interface SaveProjectOptions {
  readonly onProgress?: ((event: SaveProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface SaveProgress {
  /** The number of images, and of those that are written. */
  readonly images: number
  readonly done: number
}

const schema = z.strictObject({
  onProgress: functionSchema<(event: SaveProgress) => void>().optional(),
  signal: z.instanceof(AbortSignal).optional(),
})

/**
 * Writes a project as one zip file, piece by piece: images in a folder for each class (unpacked, a folder that
 * `ImageFolder` opens), `classifier.onnx`, `project.json`. Images are read one by one and stored as they are; two
 * projects of the same contents are equal to the byte. `writeProject` writes the file in Node; in the browser, the pieces
 * become a `Blob`:
 *
 *     const pieces = []
 *     for await (const piece of saveProject(project)) pieces.push(new Blob([piece]))
 *     const file = new Blob(pieces, { type: 'application/zip' })
 *
 * @returns the bytes of the file in pieces: together they may be longer than an array
 * @throws FineTuneError 'options/invalid'; while the pieces are made: 'data/unreadable' (which names the image),
 *   'data/too-many-files', the signal's reason
 */
export function saveProject(project: Project, options: SaveProjectOptions = {}): AsyncGenerator<Uint8Array, void> {
  checkOptions(projectSchema, project, 'saveProject: project')
  return zipPieces(filesOf(project, checkOptions(schema, options, 'saveProject')))
}

async function* filesOf(project: Project, { onProgress, signal }: SaveProjectOptions): AsyncGenerator<ZipFile> {
  const { dataset, classifier, validation = [], settings = {} } = project
  const names = new FileNames()
  const folders = dataset.classes.map((name) => names.take(IMAGES, name))
  const images: string[] = []
  const samples: Record<string, Omit<ImageSample, 'source' | 'label'>> = {}
  for (const [index, { source, label, ...more }] of dataset.samples.entries()) {
    signal?.throwIfAborted()
    const bytes = await readSample(dataset, index)
    const { stem, extension } = nameOf(source)
    const folder = `${IMAGES}/${folders[label]!}`
    const name = `${folder}/${names.take(folder, stem, extension || extensionOf(bytes))}`
    yield { name, bytes }
    images.push(name)
    const { labels, values, weight, group } = more
    const known = defined({ labels, values, weight, group })
    if (Object.keys(known).length > 0) samples[name] = known
    onProgress?.({ images: dataset.samples.length, done: index + 1 })
  }
  if (classifier) yield { name: CLASSIFIER, bytes: classifier }
  const json = {
    format: FORMAT,
    version: VERSION,
    classes: dataset.classes.map((name, label) => ({ name, folder: folders[label]! })),
    validation: validation.map((index) => images[index]!),
    samples: samples as ProjectJson['samples'],
    settings: settings as ProjectJson['settings'],
  } satisfies ProjectJson
  yield { name: PROJECT, bytes: new TextEncoder().encode(JSON.stringify(json, undefined, 1)) }
}

/** Returns the extension of an image file by its bytes; none for a file in no known format. */
function extensionOf(bytes: Uint8Array): string {
  try {
    const { format } = inspect(bytes)
    return `.${format === 'jpeg' ? 'jpg' : format}`
  } catch {
    return ''
  }
}

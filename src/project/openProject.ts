import type { z } from 'zod'
import { openFile } from '#platform'
import { checkArgument, type Kind, kinds } from '../arguments.js'
import type { ImageDataset } from '../data/dataset/dataset.js'
import { problemOfTargets } from '../data/dataset/sampleTargets.js'
import type { ImageSample } from '../data/samples/ImageSample.js'
import { isFineTuneError } from '../errors.js'
import { demandInside } from '../io/zip/demandInside.js'
import { openZipFile, type ZipEntry } from '../io/zip/openZip.js'
import { ZipError } from '../io/zip/ZipError.js'
import type { StoredFile } from '../platform/contract.js'
import { diskProblem } from '../platform/diskProblem.js'
import { storedBlob, storedBytes } from '../platform/storedFile.js'
import { ownsBuffer } from '../threads/methods.js'
import { projectError } from './errors.js'
import type { Project } from './Project.js'
import { CLASSIFIER, PROJECT, type ProjectJson, projectJsonSchema, VERSION, versionSchema } from './projectJson.js'

/** A project that was opened. `saveProject` takes it again. */
export interface OpenedProject extends Project {
  /** All images; the archive is read when one is asked for. `source` is the name in the archive. */
  readonly dataset: ImageDataset
  readonly validation: readonly number[]
  readonly settings: NonNullable<Project['settings']>
}

/** The most bytes of project.json: a file must not make its reader parse gigabytes. */
const LONGEST_JSON = 2 ** 26

/**
 * Opens a project that `saveProject` made. Images stay in the archive and are read one by one; a file is opened only
 * while it is read, so nothing needs to be closed. The folder of an image says its class: an archive whose images were
 * moved, removed or added by other tools is opened too, and a folder that is new is a class after the others.
 *
 *     const { dataset, classifier } = await openProject('pets.finetune.zip')
 *
 * @param source a path (Node), a URL, the bytes, or a `Blob` or `File`
 * @throws FineTuneError 'project/unreadable', 'project/not-a-project', 'project/damaged' (no zip file, an entry that
 *   would lie outside the folder, a project.json that cannot be used), 'project/newer-version', 'options/invalid';
 *   `dataset.read` rejects with 'project/damaged-image'
 */
export async function openProject(source: string | URL | Uint8Array | Blob): Promise<OpenedProject> {
  checkArgument('openProject: source', source, sourceKind)
  const name = nameOf(source)
  const refuse = (cause: unknown): never => {
    if (isFineTuneError(cause)) throw cause
    if (cause instanceof ZipError)
      throw projectError('project/damaged', { source: name, problem: cause.message }, { cause })
    throw projectError('project/unreadable', { source: name, problem: diskProblem(cause) }, { cause })
  }
  try {
    const entries = await openZipFile(await fileOf(source))
    for (const entry of entries.keys()) demandInside(entry)
    const json = await readJson(entries.get(PROJECT), name)
    const classifier = await entries.get(CLASSIFIER)?.read()
    return { ...imagesOf(entries, json, name), settings: json.settings as OpenedProject['settings'], classifier }
  } catch (cause) {
    return refuse(cause)
  }
}

const sourceKind: Kind = {
  expected: 'a path, a URL, a Uint8Array or a Blob',
  is: (value) => kinds.source.is(value) || value instanceof Blob,
}

function nameOf(source: string | URL | Uint8Array | Blob): string {
  if (source instanceof Blob) return 'name' in source ? String(source.name) : `the blob of ${source.size} bytes`
  return source instanceof Uint8Array ? `the file of ${source.length} bytes` : String(source)
}

/** Returns the file of a source. That of a path is open only while it is read. */
async function fileOf(source: string | URL | Uint8Array | Blob): Promise<StoredFile> {
  if (source instanceof Blob) return storedBlob(source)
  if (source instanceof Uint8Array) return storedBytes(source)
  if (/^https?:/.test(String(source))) return openFile(source)
  const using = async <T>(use: (file: StoredFile) => Promise<T>): Promise<T> => {
    const file = await openFile(source)
    return use(file).finally(() => file.close())
  }
  return {
    size: await using(async ({ size }) => size),
    read: (begin, end) => using((file) => file.read(begin, end)),
    async close() {},
  }
}

async function readJson(entry: ZipEntry | undefined, source: string): Promise<ProjectJson> {
  if (!entry) throw projectError('project/not-a-project', { source })
  const bad = (problem: string, cause?: unknown) => projectError('project/damaged', { source, problem }, { cause })
  if (entry.size > LONGEST_JSON) throw bad(`its ${PROJECT} has ${entry.size} bytes`)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(await entry.read()))
  } catch (cause) {
    if (cause instanceof SyntaxError) throw bad(`its ${PROJECT} is not JSON`, cause)
    throw cause
  }
  const check = <S extends z.ZodType>(schema: S): z.output<S> => {
    const { data, error } = schema.safeParse(value)
    if (!error) return data
    const { path, message } = error.issues[0]!
    throw bad(`its ${PROJECT}: ${[path.join('.'), message].filter(Boolean).join(': ')}`, error)
  }
  const { version } = check(versionSchema)
  if (version > VERSION) throw projectError('project/newer-version', { source, version, known: VERSION })
  return check(projectJsonSchema)
}

/** The name of an image: in a folder in images/, no part of it hidden, no folder itself. */
const IMAGE = /^images(\/[^./][^/]*){2,}$/

/** Returns the images of an archive, in its order. */
function imagesOf(
  entries: ReadonlyMap<string, ZipEntry>,
  { classes, validation, samples: known }: ProjectJson,
  source: string,
) {
  const labels = new Map(classes.map(({ folder }, label) => [folder, label]))
  const names = classes.map(({ name }) => name)
  const files = [...entries.keys()].filter((name) => IMAGE.test(name))
  const samples = files.map((file): ImageSample => {
    const folder = file.split('/')[1]!
    if (!labels.has(folder)) labels.set(folder, names.push(folder) - 1)
    return { source: file, label: labels.get(folder)!, ...(Object.hasOwn(known, file) && known[file]) }
  })
  const again = names.find((name, i) => names.indexOf(name) < i)
  if (again !== undefined) throw projectError('project/damaged', { source, problem: `it has the class ${again} twice` })
  for (const sample of samples) demandTargets(sample, names.length, source)
  const places = new Map(files.map((file, index) => [file, index]))
  return {
    dataset: { classes: names, samples, read: (index: number) => readImage(entries.get(files[index]!)!, source) },
    validation: validation.flatMap((file) => places.get(file) ?? []),
  }
}

function demandTargets(sample: ImageSample, classes: number, source: string): void {
  const problem = problemOfTargets(sample, classes)
  if (!problem) return
  const text = `${problem.path.join('.')} of ${sample.source} must be ${problem.expected}`
  throw projectError('project/damaged', { source, problem: text })
}

async function readImage(entry: ZipEntry, source: string): Promise<Uint8Array> {
  try {
    const bytes = await entry.read()
    // A message between threads would copy all of the archive with a view of it.
    return ownsBuffer(bytes) ? bytes : bytes.slice()
  } catch (cause) {
    if (!(cause instanceof ZipError)) throw cause
    throw projectError('project/damaged-image', { source, image: entry.name, problem: cause.message }, { cause })
  }
}

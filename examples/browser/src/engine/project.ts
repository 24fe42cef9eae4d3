import { type Json, type OpenedProject, openProject, saveProject } from 'onnx-finetune'
import type { ClassEntry, ImageEntry } from '../state/types.js'
import { readValue, writeValue } from '../storage/database.js'
import { addImages, clearAll } from '../storage/images.js'
import type { ProjectRequest } from './calls.js'
import { forgetClassifier } from './classify.js'
import { datasetOf } from './datasets.js'
import type { Context } from './engine.worker.js'
import { type PageSettings, pageSettingsSchema } from './pageSettings.js'

/** Writes a project file: images, labels, classifier, and the state of this page. */
export async function saveToFile(
  { classes, entries, settings, result, changes }: ProjectRequest,
  { report, signal }: Context,
): Promise<Blob> {
  const page = {
    classes: classes.map(({ id }) => id),
    images: entries.map(({ id, name, confirmed = false }) => ({ id, name, confirmed })),
    settings,
    changes,
    result,
  }
  const project = {
    dataset: datasetOf(classes, entries),
    validation: entries.flatMap(({ split }, index) => (split === 'validation' ? [index] : [])),
    classifier: await readValue('classifier'),
    settings: { page: JSON.parse(JSON.stringify(page)) as Json },
  }
  const pieces: Blob[] = []
  const onProgress = ({ done, images }: { done: number; images: number }) =>
    report({ type: 'project', share: done / images })
  for await (const piece of saveProject(project, { onProgress, signal })) pieces.push(new Blob([piece as BlobPart]))
  return new Blob(pieces, { type: 'application/zip' })
}

/** Opens a project file in the place of everything that is stored. Nothing changes if the file cannot be read. */
export async function openFromFile(file: Blob, { report }: Context): Promise<void> {
  const project = await openProject(file)
  const page = pageSettingsOf(project)
  const images = await readImages(project, page, report)
  const classes = classesOf(project, page)
  await clearAll()
  await addImages(images.map(({ entry, file }) => ({ entry: { ...entry, classId: classes[entry.label]!.id }, file })))
  await writeValue('classes', classes)
  await writeValue('classifier', project.classifier)
  await writeValue('settings', page?.settings)
  await writeValue('result', project.classifier && page?.result)
  await writeValue('changes', page?.changes)
  await forgetClassifier()
}

/** Returns the settings of this page, if they belong to the images that the project has now. */
function pageSettingsOf({ dataset, settings }: OpenedProject): PageSettings | undefined {
  const { data } = pageSettingsSchema.safeParse(settings.page)
  const isSame = data?.images.length === dataset.samples.length && data.classes.length === dataset.classes.length
  return isSame ? data : undefined
}

const classesOf = ({ dataset }: OpenedProject, page: PageSettings | undefined): ClassEntry[] =>
  dataset.classes.map((name, i) => ({ id: page?.classes[i] ?? crypto.randomUUID(), name }))

type LabelledEntry = Omit<ImageEntry, 'classId'> & { readonly label: number }

async function readImages(
  { dataset, validation }: OpenedProject,
  page: PageSettings | undefined,
  report: Context['report'],
): Promise<{ entry: LabelledEntry; file: Blob }[]> {
  const validates = new Set(validation)
  const images: { entry: LabelledEntry; file: Blob }[] = []
  for (const [index, { source, label }] of dataset.samples.entries()) {
    const { id, name, confirmed } = page?.images[index] ?? {
      id: crypto.randomUUID(),
      name: source.split('/').at(-1)!,
      confirmed: false,
    }
    const split = validates.has(index) ? ('validation' as const) : ('train' as const)
    const decided = validation.length > 0 ? { split } : {}
    const file = new Blob([(await dataset.read!(index)) as BlobPart])
    images.push({ entry: { id, name, label, confirmed, ...decided }, file })
    report({ type: 'project', share: (index + 1) / dataset.samples.length })
  }
  return images
}

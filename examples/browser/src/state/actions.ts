import { batch } from '@preact/signals'
import { plural } from '../parts/numbers.js'
import { addImages, clearAll, readFile, removeImages, updateEntries } from '../storage/images.js'
import { forgetThumbnail } from '../storage/thumbnails.js'
import { say } from './notices.js'
import { changes, classes, defaultSettings, images, imagesOf, result, review, settings } from './store.js'
import type { ClassEntry, ImageEntry, Settings } from './types.js'

/** An image that arrives: its file, and the name of its class. */
export interface NewImage {
  readonly name: string
  readonly file: Blob
}

export function addClass(name: string): ClassEntry {
  const entry = { id: crypto.randomUUID(), name: freeName(name) }
  classes.value = [...classes.value, entry]
  return entry
}

/** Returns the class of that name, added if there is none. */
export const classNamed = (name: string): ClassEntry =>
  classes.value.find((entry) => entry.name === name) ?? addClass(name)

/** Renames a class. Returns false for a name that another class has, or none. */
export function renameClass(id: string, name: string): boolean {
  const wanted = name.trim()
  if (!wanted || classes.value.some((entry) => entry.name === wanted && entry.id !== id)) return false
  classes.value = classes.value.map((entry) => (entry.id === id ? { id, name: wanted } : entry))
  return true
}

export async function removeClass(id: string): Promise<void> {
  await removeEntries(imagesOf(id).map((image) => image.id))
  classes.value = classes.value.filter((entry) => entry.id !== id)
}

export async function addToClass(classId: string, arrivals: readonly NewImage[]): Promise<void> {
  const added = arrivals.map(({ name, file }) => ({ entry: { id: crypto.randomUUID(), name, classId }, file }))
  await addImages(added)
  batch(() => {
    show(added.map(({ entry }) => entry))
    changes.value += added.length
  })
}

/** Removes images, and offers to bring them back. */
export async function removeEntries(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const removed = await withFiles(ids)
  await removeImages(ids)
  const gone = new Set(ids)
  for (const id of ids) forgetThumbnail(id)
  batch(() => {
    images.value = new Map([...images.value].filter(([id]) => !gone.has(id)))
    changes.value += ids.length
  })
  sayUndoable(`${plural(ids.length, 'image')} removed.`, async () => {
    await addImages(removed)
    show(removed.map(({ entry }) => entry))
    changes.value -= ids.length
  })
}

/** Gives images another class, and offers to undo that. */
export async function moveTo(classId: string, ids: readonly string[]): Promise<void> {
  const before = ids.flatMap((id) => images.value.get(id) ?? [])
  await update(ids, (entry) => ({ ...entry, classId, confirmed: true }), ids.length)
  const name = classes.value.find(({ id }) => id === classId)?.name
  sayUndoable(`${plural(ids.length, 'image')} moved to “${name}”.`, async () => {
    await replaceEntries(before)
    changes.value -= ids.length
  })
}

/** Confirms the labels of images. */
export const confirm = (ids: readonly string[]): Promise<void> =>
  update(ids, (entry) => ({ ...entry, confirmed: true }), 0)

/** Replaces the entries of images, such as for a decided split. */
export async function replaceEntries(entries: readonly ImageEntry[]): Promise<void> {
  await updateEntries(entries)
  show(entries)
}

export function changeSettings(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change }
}

/** Removes all images, classes and results. */
export async function startOver(): Promise<void> {
  await clearAll()
  for (const id of images.value.keys()) forgetThumbnail(id)
  batch(() => {
    images.value = new Map()
    classes.value = []
    result.value = undefined
    review.value = undefined
    changes.value = 0
    settings.value = defaultSettings
  })
}

async function update(ids: readonly string[], change: (entry: ImageEntry) => ImageEntry, count: number) {
  const entries = ids.flatMap((id) => images.value.get(id) ?? []).map(change)
  batch(() => {
    show(entries)
    changes.value += count
  })
  await updateEntries(entries)
}

const show = (entries: readonly ImageEntry[]): void => {
  images.value = new Map([...images.value, ...entries.map((entry) => [entry.id, entry] as const)])
}

const withFiles = (ids: readonly string[]) =>
  Promise.all(
    ids.flatMap((id) => images.value.get(id) ?? []).map(async (entry) => ({ entry, file: await readFile(entry.id) })),
  )

function sayUndoable(text: string, undo: () => Promise<void>): void {
  const run = () => void undo().then(() => say('Undone.'))
  say(text, { label: 'Undo', run })
}

function freeName(name: string): string {
  const taken = new Set(classes.value.map((entry) => entry.name))
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name} ${number}`)) number++
  return `${name} ${number}`
}

import type { ImageEntry } from '../state/types.js'
import { database } from './database.js'

export async function readEntries(): Promise<ImageEntry[]> {
  return (await database()).getAll('images')
}

/** Returns the file of an image, as it was given. */
export async function readFile(id: string): Promise<Blob> {
  const file = await (await database()).get('files', id)
  if (!file) throw new Error('This image is no longer stored in the browser.')
  return file
}

/** Adds images with their files, all or none. */
export async function addImages(images: readonly { readonly entry: ImageEntry; readonly file: Blob }[]): Promise<void> {
  const transaction = (await database()).transaction(['images', 'files'], 'readwrite')
  for (const { entry, file } of images) {
    transaction.objectStore('images').put(entry)
    transaction.objectStore('files').put(file, entry.id)
  }
  await transaction.done
}

export async function updateEntries(entries: readonly ImageEntry[]): Promise<void> {
  const transaction = (await database()).transaction('images', 'readwrite')
  for (const entry of entries) transaction.store.put(entry)
  await transaction.done
}

/** Removes images, with their files. */
export async function removeImages(ids: readonly string[]): Promise<void> {
  const stores = ['images', 'files', 'thumbnails'] as const
  const transaction = (await database()).transaction(stores, 'readwrite')
  for (const store of stores) for (const id of ids) transaction.objectStore(store).delete(id)
  await transaction.done
}

/** Removes everything. */
export async function clearAll(): Promise<void> {
  const stores = ['images', 'files', 'thumbnails', 'values'] as const
  const transaction = (await database()).transaction(stores, 'readwrite')
  for (const store of stores) transaction.objectStore(store).clear()
  await transaction.done
}

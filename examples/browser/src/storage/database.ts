import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { ClassEntry, ImageEntry, Result, Review, Settings } from '../state/types.js'

/** The values that are kept besides the images, by key. */
export interface Values {
  readonly classes: readonly ClassEntry[]
  readonly settings: Settings
  readonly result: Result
  readonly review: Review
  /** The number of changes of the images since the training. */
  readonly changes: number
  /** The bytes of the `.onnx` file. */
  readonly classifier: Uint8Array
}

interface Schema extends DBSchema {
  images: { key: string; value: ImageEntry }
  files: { key: string; value: Blob }
  thumbnails: { key: string; value: Blob }
  values: { key: string; value: Values[keyof Values] }
}

let opened: Promise<IDBPDatabase<Schema>> | undefined

/** Opens the database of this page's origin: the page and its worker use the same one. */
export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('onnx-finetune-page', 1, {
    upgrade(db) {
      db.createObjectStore('images', { keyPath: 'id' })
      for (const store of ['files', 'thumbnails', 'values'] as const) db.createObjectStore(store)
    },
  })
  return opened
}

export async function readValue<K extends keyof Values>(key: K): Promise<Values[K] | undefined> {
  return (await (await database()).get('values', key)) as Values[K] | undefined
}

export async function writeValue<K extends keyof Values>(key: K, value: Values[K] | undefined): Promise<void> {
  const db = await database()
  if (value === undefined) await db.delete('values', key)
  else await db.put('values', value, key)
}

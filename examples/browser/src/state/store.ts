import { computed, effect, signal } from '@preact/signals'
import { readValue, type Values, writeValue } from '../storage/database.js'
import { readEntries } from '../storage/images.js'
import type { ClassEntry, ImageEntry, Result, Review, Settings } from './types.js'

export const defaultSettings: Settings = {
  network: 'small',
  mode: 'head',
  epochs: { head: 30, full: 8 },
  batchSize: 16,
}

export const classes = signal<readonly ClassEntry[]>([])
export const images = signal<ReadonlyMap<string, ImageEntry>>(new Map())
export const settings = signal<Settings>(defaultSettings)
export const result = signal<Result | undefined>(undefined)
export const review = signal<Review | undefined>(undefined)
/** The number of changes of images and classes since the training. */
export const changes = signal(0)
/** True once the stored state is read. */
export const ready = signal(false)

/** The images of each class, in the order in which they came. */
export const imagesByClass = computed(() => {
  const groups = new Map<string, ImageEntry[]>(classes.value.map(({ id }) => [id, []]))
  for (const image of images.value.values()) groups.get(image.classId)?.push(image)
  return groups
})

export const imagesOf = (classId: string): readonly ImageEntry[] => imagesByClass.value.get(classId) ?? []

export const nameOfClass = (id: string): string =>
  classes.value.find((entry) => entry.id === id)?.name ??
  result.value?.classes.find((entry) => entry.id === id)?.name ??
  '(removed)'

/** The reason why training cannot start yet; undefined if it can. */
export const missing = computed((): string | undefined => {
  const filled = classes.value.filter(({ id }) => imagesOf(id).length > 0)
  if (filled.length < 2) return 'Training needs images in at least two classes.'
  const scarce = filled.find(({ id }) => imagesOf(id).length < 4)
  if (scarce) return `“${scarce.name}” needs at least 4 images.`
  return undefined
})

/** Reads the state of an earlier visit, and keeps it up to date from now on. */
export async function restore(): Promise<void> {
  await load()
  keep('classes', () => classes.value)
  keep('settings', () => settings.value)
  keep('result', () => result.value)
  keep('review', () => review.value)
  keep('changes', () => changes.value)
  ready.value = true
}

/** Reads the stored state. */
export async function load(): Promise<void> {
  const [entries, ...values] = await Promise.all([
    readEntries(),
    readValue('classes'),
    readValue('settings'),
    readValue('result'),
    readValue('review'),
    readValue('changes'),
  ])
  images.value = new Map(entries.map((entry) => [entry.id, entry]))
  classes.value = values[0] ?? []
  settings.value = { ...defaultSettings, ...values[1] }
  result.value = values[2]
  review.value = values[3]
  changes.value = values[4] ?? 0
}

function keep<K extends keyof Values>(key: K, value: () => Values[K] | undefined): void {
  let isFirst = true
  effect(() => {
    const current = value()
    if (!isFirst) void writeValue(key, current)
    isFirst = false
  })
}

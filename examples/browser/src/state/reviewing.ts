import { signal } from '@preact/signals'
import { call } from '../engine/engine.js'
import { classes, imagesOf, review, settings } from './store.js'

/** The share of a review in progress that is done, 0 to 1. */
export const reviewing = signal<number | undefined>(undefined)
export const reviewError = signal<string | undefined>(undefined)

let controller = new AbortController()
export const stopReview = (): void => controller.abort()

/** Looks for likely wrong labels and duplicates. */
export async function startReview(): Promise<void> {
  if (reviewing.value !== undefined) return
  controller = new AbortController()
  reviewError.value = undefined
  reviewing.value = 0
  try {
    const filled = classes.value.filter(({ id }) => imagesOf(id).length > 0)
    const entries = filled.flatMap(({ id }) => imagesOf(id))
    review.value = await call(
      'review',
      { classes: filled, entries: shuffled(entries), network: settings.value.network },
      {
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.type === 'review') reviewing.value = progress.share
        },
      },
    )
  } catch (error) {
    if (!controller.signal.aborted) reviewError.value = error instanceof Error ? error.message : String(error)
  } finally {
    reviewing.value = undefined
  }
}

/** Orders images by their random ids: each part of them then has the same mixture. */
const shuffled = <T extends { readonly id: string }>(entries: readonly T[]): T[] =>
  entries.toSorted((a, b) => (a.id < b.id ? -1 : 1))

import { batch, signal } from '@preact/signals'
import type { Progress } from '../engine/calls.js'
import { call } from '../engine/engine.js'
import { replaceEntries } from './actions.js'
import { assignSplits } from './assignSplits.js'
import { changes, classes, images, imagesOf, result, settings } from './store.js'
import type { EpochPoint } from './types.js'

export interface Training {
  readonly phase: 'download' | 'prepare' | 'features' | 'training'
  readonly share: number
  readonly epochs: readonly EpochPoint[]
  readonly plannedEpochs: number
}

/** The training in progress, if there is one. */
export const training = signal<Training | undefined>(undefined)
export const trainingError = signal<string | undefined>(undefined)

let controller = new AbortController()

/** Stops the training; what it has learned so far is kept. */
export const stopTraining = (): void => controller.abort()

/** Trains on all images, by the settings. */
export async function startTraining(): Promise<void> {
  if (training.value) return
  const { network, mode, epochs, batchSize } = settings.value
  controller = new AbortController()
  trainingError.value = undefined
  training.value = { phase: 'prepare', share: 0, epochs: [], plannedEpochs: epochs[mode] }
  try {
    const trained = classes.value.filter(({ id }) => imagesOf(id).length > 0)
    await replaceEntries(assignSplits(trained, [...images.value.values()]))
    const entries = [...images.value.values()].filter(({ classId }) => trained.some(({ id }) => id === classId))
    const changesBefore = changes.value
    const request = { classes: trained, entries, network, mode, epochs: epochs[mode], batchSize }
    const options = { onProgress: follow, signal: controller.signal }
    const outcome = await call('train', request, options)
    batch(() => {
      result.value = { ...outcome, classes: trained, images: entries.length, network, mode }
      changes.value -= changesBefore
    })
  } catch (error) {
    if (!controller.signal.aborted) trainingError.value = error instanceof Error ? error.message : String(error)
  } finally {
    training.value = undefined
  }
}

function follow(progress: Progress): void {
  const current = training.value
  if (!current) return
  if (progress.type === 'epoch') training.value = { ...current, epochs: [...current.epochs, progress.point] }
  else if (progress.type === 'prepare') training.value = { ...current, phase: 'prepare' }
  else if (progress.type === 'download' || progress.type === 'features' || progress.type === 'training')
    training.value = { ...current, phase: progress.type, share: progress.share }
}

import { inspectDataset } from 'onnx-finetune'
import { likelyWrongLabels } from '../library/likelyWrongLabels.js'
import type { NetworkName, Review } from '../state/types.js'
import type { Images } from './calls.js'
import { datasetOf } from './datasets.js'
import type { Context } from './engine.worker.js'
import { loadNetwork } from './networks.js'

/** The part of a review's time that the search for duplicates takes, roughly. */
const INSPECTION = 0.2

/** Finds images whose label is likely wrong, duplicates and files that are not readable. */
export async function findSuspects(
  { classes, entries, network }: Images & { readonly network: NetworkName },
  context: Context,
): Promise<Review> {
  const { report, signal } = context
  const dataset = datasetOf(classes, entries)
  const idOf = ({ index }: { readonly index: number }) => entries[index]!.id
  const inspection = await inspectDataset(dataset, {
    signal,
    onProgress: ({ done, images }) => report({ type: 'review', share: (INSPECTION * done) / images }),
  })
  const unreadable = new Set(inspection.sets[0]!.unreadable.map(idOf))
  const readable = entries.filter(({ id }) => !unreadable.has(id))
  const predictions = await likelyWrongLabels(await loadNetwork(network, context), datasetOf(classes, readable), {
    signal,
    onProgress: (share) => report({ type: 'review', share: INSPECTION + (1 - INSPECTION) * share }),
  })
  return {
    suspects: predictions
      .map(({ index, predicted, score }) => ({ entry: readable[index]!, suggestedId: classes[predicted]!.id, score }))
      .filter(({ entry }) => !entry.confirmed)
      .map(({ entry, suggestedId, score }) => ({ id: entry.id, suggestedId, score })),
    duplicates: inspection.duplicates.map(({ kind, images }) => ({ kind, ids: images.map(idOf) })),
    unreadable: [...unreadable],
  }
}

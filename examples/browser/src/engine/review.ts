import { findLabelIssues, inspectDataset } from 'onnx-finetune'
import type { NetworkName, Review } from '../state/types.js'
import type { Images } from './calls.js'
import { datasetOf } from './datasets.js'
import type { Context } from './engine.worker.js'
import { loadNetwork } from './networks.js'

/** The part of a review's time that the search for duplicates takes, roughly. */
const INSPECTION = 0.3

/** Finds images whose label is likely wrong, duplicates and files that are not readable. */
export async function findSuspects(
  { classes, entries, network }: Images & { readonly network: NetworkName },
  context: Context,
): Promise<Review> {
  const { report, signal } = context
  const idOf = ({ index }: { readonly index: number }) => entries[index]!.id
  const inspection = await inspectDataset(datasetOf(classes, entries), {
    signal,
    onProgress: ({ done, images }) => report({ type: 'review', share: (INSPECTION * done) / images }),
  })
  const unreadable = new Set(inspection.sets[0]!.unreadable.map(idOf))
  const readable = entries.filter(({ id }) => !unreadable.has(id))
  const issues = await findLabelIssues(await loadNetwork(network, context), datasetOf(classes, readable), {
    signal,
    onProgress: ({ done, images }) =>
      report({ type: 'review', share: INSPECTION + ((1 - INSPECTION) * done) / images }),
  })
  return {
    suspects: issues
      .filter(({ index }) => !readable[index]!.confirmed)
      .map(({ index, suggested, suggestedConfidence }) => ({
        id: readable[index]!.id,
        suggestedId: classes[suggested]!.id,
        score: suggestedConfidence,
      })),
    duplicates: inspection.duplicates.map(({ kind, images }) => ({ kind, ids: images.map(idOf) })),
    unreadable: [...unreadable],
  }
}

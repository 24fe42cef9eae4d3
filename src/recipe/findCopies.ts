import type { DuplicateGroup } from '../data/inspection/DatasetInspection.js'
import { inspectDataset } from '../data/inspection/inspectDataset.js'
import type { AutomaticEvent } from './events.js'
import { featureStep } from './featureStep.js'
import type { Events, RecipeParts } from './parts.js'
import { reported } from './reported.js'

/**
 * Looks at every image for copies and near copies of others. A copy of an image that was trained on is recognised in any
 * case: measures would say too much.
 */
export async function* findCopies({ model, options }: RecipeParts): Events<readonly DuplicateGroup[]> {
  const { train, validation, batchSize, workers, decoder, signal } = options
  const { autoOrient } = model.preprocessing
  const sets = { train, ...(validation && { validation }) }
  const images = Object.values(sets).reduce((sum, { samples }) => sum + samples.length, 0)
  yield { type: 'stage', stage: 'data', images }
  const { duplicates } = yield* reported<AutomaticEvent, Awaited<ReturnType<typeof inspectDataset>>>((report) =>
    inspectDataset(sets, {
      ...{ workers, decoder, autoOrient, signal },
      onProgress: ({ done }) => {
        if (done % batchSize === 0) report(featureStep(done / batchSize, images / batchSize))
      },
    }),
  )
  return duplicates
}

/** Returns a number for each training image, the same for copies of each other. */
export function groupsOf(images: number, duplicates: readonly DuplicateGroup[]): Uint32Array {
  const groups = Uint32Array.from({ length: images }, (_, index) => index)
  for (const group of duplicates) {
    const members = group.images.filter(({ set }) => set === 'train')
    for (const { index } of members) groups[index] = members[0]!.index
  }
  return groups
}

import type { ImageDataset } from '../data/dataset/dataset.js'
import type { DuplicateGroup } from '../data/inspection/DatasetInspection.js'
import { Groups } from '../data/inspection/Groups.js'
import { inspectDataset } from '../data/inspection/inspectDataset.js'
import { tableOf } from '../data/samples/lazySamples.js'
import { labelsIn } from '../data/samples/SampleTable.js'
import type { AutomaticEvent } from './events.js'
import { featureStep } from './featureStep.js'
import type { Events, RecipeParts } from './parts.js'
import { FOLDS } from './planTuning.js'
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

/**
 * Returns a number for each training image, the same for copies of each other and for images that have the same `group`.
 * A class that has fewer groups than a split has parts is split image by image: some part would have none of it.
 */
export function groupsOf({ samples }: ImageDataset, duplicates: readonly DuplicateGroup[]): Uint32Array {
  const table = tableOf(samples)
  const labels = labelsIn(table)
  const groups = new Groups(labels.length)
  for (const { images } of duplicates) {
    const [first, ...others] = images.filter(({ set }) => set === 'train')
    for (const { index } of others) groups.join(first!.index, index)
  }
  const firsts = new Map<string | number, number>()
  const { groupOf } = table
  if (groupOf)
    for (let index = 0; index < labels.length; index++) {
      const first = firsts.get(groupOf(index))
      if (first === undefined) firsts.set(groupOf(index), index)
      else groups.join(first, index)
    }
  const ofClass = new Map<number, Set<number>>()
  for (const [index, label] of labels.entries())
    ofClass.set(label, (ofClass.get(label) ?? new Set()).add(groups.firstOf(index)))
  return labels.map((label, index) => (ofClass.get(label)!.size < FOLDS ? index : groups.firstOf(index)))
}

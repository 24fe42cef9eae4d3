import { planEpoch } from '../../data/loader/batch.js'
import type { Loader } from '../../data/loader/createLoader.js'
import type { PerClass } from '../../data/loader/perClass.js'
import { tableOf } from '../../data/samples/lazySamples.js'
import { isFineTuneError } from '../../errors.js'
import { int64 } from '../../onnx/graph/tensor.js'
import type { Batches } from '../batches/batches.js'
import { type WarningEvent, warningOf } from '../record/events.js'
import type { FeatureFiles } from './FeatureFiles.js'
import { FeatureTable } from './FeatureTable.js'
import type { FrozenFront } from './FrozenFront.js'

interface FeatureBatchOptions {
  readonly batchSize: number
  readonly shuffle: boolean
  /** The weight of each sample, by which they are drawn. Default: each comes once. */
  readonly weights?: ArrayLike<number> | undefined
  /** The samples of each class, to draw several of each class of a batch. Default: any batches. */
  readonly perClass?: PerClass | undefined
  readonly seed: number
  /** The number of views of each image, one per epoch in turn. */
  readonly views: number
  /** The files that keep features beyond the run. */
  readonly files?: FeatureFiles | undefined
}

/**
 * Returns batches of features. Those of a view are read or computed in the first epoch that needs it, and kept in
 * memory. If images could not be read, they are not kept in files, so that the next run reports those images again.
 *
 * @param loader loads the images in the order of the data set, in epoch v those of view v
 */
export function featureBatches(loader: Loader, front: FrozenFront, options: FeatureBatchOptions): Batches {
  const { dataset } = loader
  const { files } = options
  const tables = new Map<number, FeatureTable>()
  const { labelOf, shards } = tableOf(dataset.samples)
  return {
    dataset,
    count: loader.batches,
    get skipped() {
      return loader.skipped
    },
    async *prepare(epoch) {
      const view = epoch % options.views
      if (tables.has(view)) return
      const kept = await files?.read(view)
      if (kept) return void tables.set(view, kept)
      const table = new FeatureTable(dataset.samples.length)
      let step = 0
      for await (const { images, labels, indices } of loader.epoch(view)) {
        table.put(indices, await front.run(images, labels, loader.pool))
        yield* front.takeNews()
        yield { step: ++step, stepsPerEpoch: loader.batches }
      }
      tables.set(view, table)
      if (files && table.isComplete) yield* keep(files, view, table)
    },
    async *epoch(epoch, from = 0) {
      const table = tables.get(epoch % options.views)!
      const plan = planEpoch(dataset.samples.length, { ...options, shards, dropLast: false }, epoch)
      const positions = typeof from === 'number' ? [...plan.keys()].slice(from) : from
      for (const position of positions) {
        const indices = table.present(plan[position]!)
        if (indices.length === 0) continue
        yield {
          inputs: table.gather(indices),
          labels: int64(Array.from(indices, (index) => labelOf(index))),
          indices,
          position,
        }
      }
    },
    close: () => loader.close(),
  }
}

/** Writes the features of a view, or warns that they cannot be kept: they are in memory, and the run needs no file. */
async function* keep(files: FeatureFiles, view: number, table: FeatureTable): AsyncGenerator<WarningEvent, void> {
  try {
    await files.write(view, table)
  } catch (error) {
    if (!isFineTuneError(error, 'train/features-not-kept')) throw error
    yield warningOf(error)
  }
}

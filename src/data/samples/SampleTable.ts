import type { ImageSample } from './ImageSample.js'

/**
 * The samples of a data set, as functions of their index: a large data set has them in columns, and no object for each.
 * `weightOf` and `groupOf` are undefined where samples have no weight or group, `labelsOf` where each has one label.
 */
export interface SampleTable {
  readonly length: number
  /** Returns all that is known about a sample. */
  sampleAt(index: number): ImageSample
  sourceOf(index: number): string
  labelOf(index: number): number
  readonly labelsOf?: ((index: number) => readonly number[]) | undefined
  readonly weightOf?: ((index: number) => number) | undefined
  readonly groupOf?: ((index: number) => string | number) | undefined
  readonly shards?: Shards | undefined
}

/** Files with many samples in each, which are best read one after another. */
export interface Shards {
  readonly count: number
  of(index: number): number
  /** The number of samples among which the next is drawn when they are shuffled. */
  readonly window: number
}

/** Returns the table of samples that are objects. */
export function tableOfObjects(samples: readonly ImageSample[]): SampleTable {
  const [first] = samples
  return {
    length: samples.length,
    sampleAt: (index) => samples[index]!,
    sourceOf: (index) => samples[index]!.source,
    labelOf: (index) => samples[index]!.label,
    labelsOf: first?.labels && ((index) => samples[index]!.labels ?? [samples[index]!.label]),
    weightOf: first?.weight === undefined ? undefined : (index) => samples[index]!.weight!,
    groupOf: first?.group === undefined ? undefined : (index) => samples[index]!.group!,
  }
}

/** Returns the label of each sample. */
export function labelsIn(table: SampleTable): Uint32Array {
  const labels = new Uint32Array(table.length)
  for (let index = 0; index < labels.length; index++) labels[index] = table.labelOf(index)
  return labels
}

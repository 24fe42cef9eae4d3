import type { ImageDataset } from 'onnx-finetune'
import type { ClassEntry, ImageEntry } from '../state/types.js'
import { readFile } from '../storage/images.js'

/** Makes a data set of stored images. */
export function datasetOf(classes: readonly ClassEntry[], entries: readonly ImageEntry[]): ImageDataset {
  const labels = new Map(classes.map(({ id }, label) => [id, label]))
  return {
    classes: classes.map(({ name }) => name),
    samples: entries.map(({ classId, name }) => ({ source: name, label: labels.get(classId)! })),
    read: async (index) => new Uint8Array(await (await readFile(entries[index]!.id)).arrayBuffer()),
  }
}

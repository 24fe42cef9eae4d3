/** Exports a tiny classifier into a directory, once in each precision: tsx exported_classifier.ts DIRECTORY */
import { join } from 'node:path'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { trainedModel } from '../deploy/support.js'

const directory = process.argv[2]!
const model = await trainedModel({ width: 2 })
for (const precision of ['float32', 'float16'] as const)
  await exportClassifier(model, join(directory, `${precision}.onnx`), { precision, threads: 1 })

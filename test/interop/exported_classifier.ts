/** Exports a tiny classifier into a directory, in each precision, and calibrated with the best two classes: tsx exported_classifier.ts DIRECTORY */
import { join } from 'node:path'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { trainedModel } from '../deploy/support.js'

const directory = process.argv[2]!
const model = await trainedModel({ width: 2 })
for (const precision of ['float32', 'float16'] as const)
  await exportClassifier(model, join(directory, `${precision}.onnx`), { precision, threads: 1 })
const calibration = { temperature: 1.75, threshold: 0.25 }
await exportClassifier(model, join(directory, 'top.onnx'), { calibration, topK: 2, threads: 1 })

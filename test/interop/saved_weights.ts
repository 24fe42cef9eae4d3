/** Saves the weights of a ResNet-18 with a head of its own: tsx saved_weights.ts FILE */
import { writeFile } from 'node:fs/promises'
import { saveWeights } from '../../src/model/saveWeights.js'
import { resnet18Model } from '../support/resnet18Model.js'

await writeFile(process.argv[2]!, saveWeights(await resnet18Model()))

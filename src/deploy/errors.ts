import { errorsOf, list } from '../errors.js'

const texts = {
  'deploy/logits-differ': (f: { precision: string; difference: number; allowed: number }) =>
    `The logits of the exported ${f.precision} file differ from the model's by ${f.difference.toPrecision(2)} of the largest, allowed is ${f.allowed}. Nothing was written. ${f.precision === 'float16' ? "Use precision: 'float32'" : 'Check the weights: are all of them numbers?'}`,
  'deploy/float16-range': (f: { tensor: string; value: number }) =>
    `${f.tensor} holds ${f.value}, and float16 ends at 65504. Use precision: 'float32'`,
  'deploy/cannot-quantize': (f: { source: string; problem: string }) => `Cannot quantize ${f.source}: ${f.problem}`,
  'deploy/inexpressible-transform': (f: { transform: string; problem: string }) =>
    `The model was validated with the transform ${f.transform}, which the metadata of an exported classifier cannot say: ${f.problem}. It can say resize, centerCrop, toTensor and normalize, in this order, and grayscale before or after resize. Pass ignoreTransforms: true to export all the same, and apply that transform before every classification`,
  'deploy/cannot-write': (f: { path: string; problem: string }) =>
    `Cannot write ${f.path}: ${f.problem}. What was there is as it was`,
  'deploy/unreadable': (f: { source: string; problem: string }) =>
    `Cannot read a classifier from ${f.source}: ${f.problem}`,
  'deploy/not-a-classifier': (f: { source: string; missing: readonly string[] }) =>
    `${f.source} is no classifier that exportClassifier made: it has no ${list(f.missing)}`,
  'deploy/bad-metadata': (f: { source: string; key: string; problem: string; received: string }) =>
    `The metadata entry ${f.key} of ${f.source} cannot be used: ${f.problem}. Received: ${f.received.slice(0, 200)}`,
  'deploy/unreadable-image': (f: { image: string; problem: string }) =>
    `Cannot classify the image ${f.image}: ${f.problem}`,
  'deploy/other-task': (f: { task: string; instead: string }) =>
    `The file is for the task ${f.task}: call ${f.instead} instead`,
  'deploy/released': (_: object) => 'The classifier is released. Load it again',
}

type DeployErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends DeployErrors {}
}

/** The factory of the errors of this room. */
export const deployError = /* @__PURE__ */ errorsOf(texts)

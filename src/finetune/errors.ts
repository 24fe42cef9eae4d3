import { errorsOf, list } from '../errors.js'

interface MemoryInfo {
  readonly batchSize: number
  /** By estimate, in bytes. */
  readonly needed: number
  /** In bytes, where the system tells. */
  readonly available?: number | undefined
  /** Batches that are expected to fit and give the same steps. */
  readonly instead?: { readonly batchSize: number; readonly accumulate: number } | undefined
}

const divergenceAdvice = (learningRates: Readonly<Record<string, number>>): string => {
  const rates = Object.entries(learningRates).map(([name, rate]) => `${name} ${rate}`)
  return `Lower the learning rates (${list(rates)}), clip the gradients, or check the images and weights. A rate for a summed loss is that of a mean loss divided by the batch size`
}

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

const lessMemory = ({ instead }: MemoryInfo): string =>
  `${instead ? `Pass batchSize: ${instead.batchSize} with accumulate: ${instead.accumulate}, whose steps are over as many images; or freeze` : 'Freeze'} layers (freeze(model, { upTo: 'layer3' })), take images of fewer pixels, or a smaller cacheBytes`

const texts = {
  'train/classes': (f: { option: string; dataset: readonly string[]; model: readonly string[] }) =>
    `${f.option} must have the classes of the model, in its order: ${list(f.model)}. Received: ${list(f.dataset)}`,
  'train/no-targets': (f: { option: string; source: string; task: string; target: string }) =>
    `The image ${f.source} of ${f.option} has no ${f.target}, which a model of the task ${f.task} learns`,
  'train/unmatched-parameters': (f: { missing: readonly string[]; surplus: readonly string[] }) =>
    `The optimizer must update exactly the trainable parameters. ${[
      f.missing.length > 0 && `Not in any group: ${list(f.missing)}.`,
      f.surplus.length > 0 && `Frozen or unknown: ${list(f.surplus)}.`,
    ]
      .filter(Boolean)
      .join(' ')} Make the groups after freezing, with paramGroups(model, ...)`,
  'train/phase': (f: { phase: number; problem: string }) => `Phase ${f.phase} cannot be trained: ${f.problem}`,
  'train/already-started': (_: object) => 'A run can be iterated once. Call fineTune again for another run',
  'train/features-not-kept': (f: { file: string; problem: string }) =>
    `Features cannot be kept in ${f.file}: ${f.problem}. Mend that, name another cacheFeatures.directory, or leave it out`,
  'train/cannot-quantize': (f: { value: string; range: string }) =>
    `Frozen layers cannot be computed in int8: for a training image ${f.value} is not finite (${f.range}). Their weights are damaged, or the network needs more than float32`,
  'train/imprecise-features': (f: { precision: string; relativeError: number }) =>
    `Features in ${f.precision} are ${(100 * f.relativeError).toFixed(0)} % beside those in float32, which validation and the exported model use. Leave cacheFeatures.precision out; processors without VNNI instructions may compute int8 with overflows`,
  'train/no-checkpoint': (f: { file: string; problem: string }) =>
    `There is no checkpoint to go on from in ${f.file}: ${f.problem}`,
  'train/checkpoints-there': (f: { directory: string }) =>
    `${f.directory} holds the checkpoints of a run. Go on with it (resume: 'auto'), or name another checkpoint.directory`,
  'train/checkpoints-in-use': (f: { directory: string; heldBy: string }) =>
    `${f.directory} takes the checkpoints of another run, that of ${f.heldBy}. End that one, or name another checkpoint.directory`,
  'train/checkpoint-differs': (f: { file: string; differences: readonly string[] }) =>
    `The checkpoint ${f.file} is of another run. What differs: ${f.differences.join('; ')}`,
  'train/checkpoint-not-kept': (f: { file: string; problem: string }) =>
    `The checkpoint ${f.file} cannot be written: ${f.problem}. Those before it are whole. Mend that, or name another checkpoint.directory`,
  'train/bad-run-files': (f: { file: string; problem: string }) =>
    `The file ${f.file} of a run on many workers cannot be used: ${f.problem}. All workers must reach its directory, and run one version of onnx-finetune`,
  'train/no-images': (f: { option: 'train' | 'validation'; skipped: number; first: string }) =>
    `No image of ${f.option} is left for an epoch: ${f.skipped} cannot be read. ${f.first}`,
  'train/diverged': (f: {
    epoch: number
    /** Of a run that has phases. */
    phase?: number
    step: number
    loss?: number | undefined
    tensor: string
    learningRates: Readonly<Record<string, number>>
    rateFactor?: number
  }) =>
    `Step ${f.step} of epoch ${f.epoch}${f.phase === undefined ? '' : ` (phase ${f.phase})`} is undone: ${f.tensor} is the first tensor in it that is not finite${f.loss === undefined ? '' : `, the loss is ${f.loss}`}. ${f.rateFactor === undefined ? divergenceAdvice(f.learningRates) : `Learning rates are multiplied by ${f.rateFactor} from here on`}`,
  'train/memory': (f: MemoryInfo) =>
    `A run with batches of ${f.batchSize} images is estimated to need ${gigabytes(f.needed)} of memory, and ${gigabytes(f.available ?? 0)} are free. ${lessMemory(f)}`,
  'train/out-of-memory': (f: MemoryInfo & { problem: string }) =>
    `There is not enough memory for batches of ${f.batchSize} images, with which a run is estimated to need ${gigabytes(f.needed)}: ${f.problem}. The model has the weights of the last step that could be had. ${lessMemory(f)}`,
}

type FinetuneErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends FinetuneErrors {}
}

/** The factory of the errors of this room. */
export const finetuneError = /* @__PURE__ */ errorsOf(texts)

import * as z from 'zod'
import { checkArgument, checkOptional, kinds } from '../arguments.js'
import { baseError } from '../errors.js'
import { type Model, modelKind } from '../model/Model.js'
import { mergeAdapters } from '../model/mergeAdapters.js'
import { demandTask } from '../model/task.js'
import { writeModel } from '../onnx/format/write.js'
import { checkOptions } from '../options.js'
import { RUNTIMES, type RuntimeName } from '../platform/runtimes.js'
import { openRuntime } from '../runtime/runtime.js'
import { buildClassifier } from './buildClassifier.js'
import { checkLogits } from './checkLogits.js'
import { deployError } from './errors.js'
import { calibrationSchema, type ExportedCalibration, type Precision } from './metadata.js'
import { saveFile } from './saveFile.js'

export interface ExportOptions {
  /**
   * The precision of weights and arithmetic. `'float16'` halves the file; input, normalization, softmax and outputs
   * stay float32.
   * @default 'float32'
   */
  readonly precision?: Precision | undefined
  /** The ONNX Runtime that checks the file. Default: `onnxruntime-node` where it is installed, else `onnxruntime-web`. */
  readonly runtime?: RuntimeName | undefined
  /** Threads of that check. Default: one for each processor that this process may use. */
  readonly threads?: number | undefined
  /**
   * True to export even if a transform of the run's validation cannot be expressed in the file. The preprocessing in
   * the file is incomplete then: its users must apply that transform themselves.
   * @default false
   */
  readonly ignoreTransforms?: boolean | undefined
  /**
   * The calibration, as `calibrateModel` returns it: `probabilities` are then the softmax of logits / temperature, and
   * `classify` says which images are of none of the classes. Default: none; probabilities are the softmax of the
   * logits.
   */
  readonly calibration?: ExportedCalibration | undefined
  /**
   * True for a third output, `embedding`: float32 [N, size], the features before the head, or what its embedding layer
   * makes, as `embed` with `normalize: false` returns them; `'normalized'` divides each by its length, as `embed` does by
   * default. Nearest neighbours can then be found in every runtime.
   * @default false
   */
  readonly embedding?: boolean | 'normalized' | undefined
  /**
   * Of a model of several labels an image: the probability from which `classify` returns a label, of all or of each, as
   * `bestThresholds` finds them. @default 0.5
   */
  readonly thresholds?: number | readonly number[] | undefined
  /**
   * The number of classes that two more outputs list, the most probable first: `top_probabilities` (float32 [N, topK])
   * and `top_classes` (int64 [N, topK], their places in `classes`). Programs need no code of their own to rank. Default:
   * the file has no such outputs.
   */
  readonly topK?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const schema = z.strictObject({
  precision: z.enum(['float32', 'float16']).default('float32'),
  runtime: z.enum(RUNTIMES).optional(),
  threads: z.int().min(1).optional(),
  ignoreTransforms: z.boolean().default(false),
  calibration: calibrationSchema.optional(),
  embedding: z.union([z.boolean(), z.literal('normalized')]).default(false),
  thresholds: z.union([z.number(), z.array(z.number())], 'a number, or one for each label').optional(),
  topK: z.int().min(1).optional(),
  signal: z.instanceof(AbortSignal).optional(),
})

/**
 * Exports a model as one standalone `.onnx` file: normalization, network with batch norm folded into its convolutions,
 * and softmax in operator set 17; class names and preprocessing in its metadata.
 *
 * - input `image`: float32 [N, 3, crop, crop], any N; red, green, blue from 0 to 1 (bytes / 255), not normalized
 * - outputs `probabilities` and `logits`: float32 [N, classes]; with `embedding` also that, with `topK`
 *   `top_probabilities` and `top_classes`. Of regression the output is `values`: float32 [N, values]
 * - `metadata_props`: `classes` and `preprocessing` as JSON, and more for people; docs/export.md describes them all
 *
 * The preprocessing is that of the validation of the run that trained the model (`model.preprocessing`): a transform
 * that the metadata cannot express is an error.
 *
 * Before anything is written, the file's logits for a batch of noise are compared with those of the model's own graph:
 * they may differ by 1e-4 of the largest (float16: 1e-2). That runs in the calling thread, for as long as four images
 * take.
 *
 * @param path the file to write, in Node. If omitted, the bytes are only returned
 * @returns the bytes of the file
 * @throws FineTuneError 'deploy/logits-differ', 'deploy/float16-range' (a weight is too large for float16),
 *   'deploy/inexpressible-transform' (which names the transform), 'deploy/cannot-write', 'onnx/too-large' (above 2
 *   GiB), 'session/no-runtime', 'session/cannot-open', 'options/invalid', the signal's reason
 * @example
 * ```ts run given=model
 * import { exportClassifier } from 'onnx-finetune'
 *
 * await exportClassifier(model, 'hotdog.onnx')
 * const bytes = await exportClassifier(model, undefined, { precision: 'float16' })
 * ```
 */
export async function exportClassifier(
  model: Model,
  path?: string | URL,
  options: ExportOptions = {},
): Promise<Uint8Array> {
  checkArgument('exportClassifier: model', model, modelKind)
  checkOptional('exportClassifier: path', path, kinds.place)
  const checked = checkOptions(schema, options, 'exportClassifier')
  const { precision, ignoreTransforms, calibration, embedding, signal } = checked
  if (calibration) demandTask(model, 'classification', 'exportClassifier: calibration')
  const thresholds = thresholdsOf(model, checked.thresholds)
  const topK = topOf(model, checked.topK)
  if (!ignoreTransforms) demandExpressible(model)
  signal?.throwIfAborted()
  const runtime = await openRuntime(checked.runtime, { threads: checked.threads })
  const extras = { calibration, embedding, thresholds, topK }
  const bytes = writeModel(buildClassifier(mergeAdapters(model), precision, extras))
  await checkLogits(model, bytes, precision, runtime)
  signal?.throwIfAborted()
  if (path !== undefined) await saveFile(path, bytes)
  return bytes
}

/** Returns the threshold of each label; undefined for other tasks. */
function thresholdsOf(model: Model, thresholds: number | readonly number[] | undefined): readonly number[] | undefined {
  const { task, classes } = model
  if (thresholds !== undefined) demandTask(model, 'multiLabel', 'exportClassifier: thresholds')
  if (task !== 'multiLabel') return undefined
  const each = typeof thresholds === 'object' ? thresholds : classes.map(() => thresholds ?? 0.5)
  if (each.length === classes.length) return each
  const expected = `${classes.length} numbers, one for each label`
  throw baseError('options/invalid', { option: 'exportClassifier: thresholds', received: each, expected })
}

/** Returns the number of classes to list. @throws FineTuneError 'options/invalid' if there are not as many */
function topOf({ task, classes }: Model, topK: number | undefined): number | undefined {
  if (topK === undefined || (task !== 'regression' && topK <= classes.length)) return topK
  const expected =
    task === 'regression'
      ? 'undefined: the values of regression have no order'
      : `at most ${classes.length}, the number of classes`
  throw baseError('options/invalid', { option: 'exportClassifier: topK', received: topK, expected })
}

function demandExpressible({ preprocessing: { inexpressible } }: Model): void {
  if (inexpressible) throw deployError('deploy/inexpressible-transform', inexpressible)
}

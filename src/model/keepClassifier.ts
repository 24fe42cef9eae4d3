import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import type { Backbone, KeptClassifier } from '../backbones/Backbone.js'
import { backboneKind } from '../backbones/backboneKind.js'
import { isLinear, keepBeside } from '../backbones/keepBeside.js'
import { float32 } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { modelError } from './errors.js'
import { findHead, type OldHead, oldClass } from './replaceHead.js'

export interface KeepClassifierOptions {
  /** The old classes, by index, or by name where the backbone knows its class names: at least one, all different. */
  readonly classes: readonly (number | string)[]
}

const schema = z.strictObject({
  classes: z
    .array(z.union([z.int().min(0), z.string().min(1)]))
    .min(1)
    .refine((classes) => new Set(classes).size === classes.length, 'a list of different classes'),
})

/**
 * Keeps the old classifier of a backbone, for new classes that it knows in part: the logarithms of the probabilities that
 * it gives to some of its classes become further features of the head, behind the others. ImageNet knows the hot dog, as
 * class 934. The outputs of the backbone stay the same, its old weights do not train, and it is not changed itself.
 *
 * @throws FineTuneError 'model/no-head' where the backbone does not end in a linear layer, or keeps a classifier already,
 *   'model/unknown-class', 'options/invalid'
 * @example
 * ```ts run given=backbone
 * import { keepClassifier, replaceHead } from 'onnx-finetune'
 *
 * const classes = ['hotdog', 'not-hotdog']
 * const model = replaceHead(keepClassifier(backbone, { classes: [0] }), { classes })
 * ```
 */
export function keepClassifier(backbone: Backbone, options: KeepClassifierOptions): Backbone {
  checkArgument('keepClassifier: backbone', backbone, backboneKind)
  const { classes } = checkOptions(schema, options, 'keepClassifier')
  const { weight, bias } = findHead(backbone)
  demandLinear(backbone)
  const rows = classes.map((source) => oldClass(backbone, source, bias.data.length))
  const { graph, kept } = keepBeside(backbone, rows)
  graph.initializers.set(kept.weight, weight)
  graph.initializers.set(kept.bias, bias)
  graph.initializers.set(backbone.head.weight, widened(weight, rows.length))
  const { architecture, parameters, head, preprocessing, warnings } = backbone
  const buffers = [...backbone.buffers, kept.weight, kept.bias]
  return {
    ...{ architecture, graph, parameters, buffers, head, preprocessing, warnings, kept },
    classes: backbone.classes,
  }
}

function demandLinear({ architecture, graph, head, kept }: Backbone): void {
  const problem = kept
    ? 'it keeps a classifier already'
    : head.hidden || head.dropout
      ? 'it has several layers or dropout, beside which another one cannot be kept'
      : graph.nodes.some((node) => isLinear(node, head))
        ? undefined
        : 'it is no linear layer, beside which another one can be kept'
  if (problem) throw modelError('model/no-head', { architecture, problem })
}

/** Returns a weight [classes, features] with more features, which count nothing. */
function widened({ data, dims }: OldHead['weight'], more: number) {
  const [classes, features] = dims as [number, number]
  const wide = new Float32Array(classes * (features + more))
  for (let row = 0; row < classes; row++)
    wide.set(data.subarray(row * features, (row + 1) * features), row * (features + more))
  return float32(wide, [classes, features + more])
}

/**
 * Finds the old classes of a backbone that mean the same as new ones, by their names: `Hot_Dogs` is `hotdog`. Capitals,
 * spaces, `-`, `_` and a plural `s` do not count. A name may mean several classes: ImageNet has two kinds of crane.
 *
 * @returns indices of old classes, in order; none where the backbone does not know the names of its classes
 * @example
 * ```ts run given=backbone
 * import { keepClassifier, sharedClasses } from 'onnx-finetune'
 *
 * const shared = sharedClasses(backbone, ['hotdog', 'not-hotdog'])
 * const extended = shared.length > 0 ? keepClassifier(backbone, { classes: shared }) : backbone
 * ```
 */
export function sharedClasses(backbone: Backbone, classes: readonly string[]): number[] {
  checkArgument('sharedClasses: backbone', backbone, backboneKind)
  checkOptions(namesSchema, { classes }, 'sharedClasses')
  const wanted = new Set(classes.map(plain))
  return (backbone.classes ?? []).flatMap((name, index) => (wanted.has(plain(name)) ? [index] : []))
}

const namesSchema = z.strictObject({ classes: z.array(z.string().min(1)) })

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '')
    .replace(/s$/, '')

/** Returns the number of the last features of a head that are those of a kept classifier. */
export const keptFeatures = ({ kept }: { readonly kept?: KeptClassifier | undefined }): number =>
  kept?.classes.length ?? 0

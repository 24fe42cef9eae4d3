import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import { headTensors } from '../backbones/headLayers.js'
import { optimError } from '../optim/errors.js'
import type { ParamGroup } from '../optim/Optimizer.js'
import { checkOptions, defined } from '../options.js'
import { modelError } from './errors.js'
import { layerGroups } from './layerGroups.js'
import { type Model, modelKind } from './Model.js'
import { matchParameters, type ParameterPattern, parameterPattern } from './patterns.js'

/** The settings of a group for an optimizer, apart from its rate. If omitted: the optimizer's own default. */
interface Regularisation {
  /**
   * The weight decay: a share of each parameter that is added to its gradient; for AdamW, times `lr` subtracted
   * directly.
   */
  readonly weightDecay?: number | undefined
  /** The momentum, from 0 up to, not including, 1. */
  readonly momentum?: number | undefined
  readonly nesterov?: boolean | undefined
}

/** Two groups: `backbone`, and `head` with a multiple of its rate. */
export interface HeadAndBackbone extends Regularisation {
  /** The learning rate of the backbone, at least 0. */
  readonly lr: number
  /** The ratio of the head's learning rate to `lr`; 10 suits a new head on pretrained layers. @default 1 */
  readonly headLrMultiplier?: number | undefined
  /**
   * Layer-wise decay: the ratio of a layer's learning rate to that of the next one, above 0 and at most 1. The layer
   * before the head has `lr` times it, and so on to the stem; `lr` is then the rate of the head. Biases, norms, tokens and
   * position embeddings do not decay. timm: `param_groups_layer_decay`. Default: all layers have `lr`.
   */
  readonly layerDecay?: number | undefined
}

/** Custom groups. Every trainable parameter must match exactly one of them. */
export interface ExplicitGroups {
  readonly groups: readonly (Regularisation & {
    readonly name: string
    readonly match: ParameterPattern
    readonly lr: number
  })[]
}

const rate = z.number().min(0)
const regularisation = {
  weightDecay: z.number().min(0).optional(),
  momentum: z.number().min(0).lt(1).optional(),
  nesterov: z.boolean().optional(),
}
const twoGroups = z.strictObject({
  lr: rate,
  headLrMultiplier: rate.default(1),
  layerDecay: z.number().gt(0).max(1).optional(),
  ...regularisation,
})
/** The schema of both forms, which tells them apart. */
const eitherForm = z.looseObject({ groups: z.unknown().optional() })
const explicitGroups = z.strictObject({
  groups: z
    .array(z.strictObject({ name: z.string().min(1), match: parameterPattern, lr: rate, ...regularisation }))
    .min(1)
    .refine((groups) => new Set(groups.map(({ name }) => name)).size === groups.length, 'groups of different names'),
})

/**
 * Divides the trainable parameters into groups, each with its own learning rate and other settings, for an optimizer.
 *
 * Frozen parameters are left out, and so is a group that has no others.
 *
 * @throws FineTuneError 'model/ungrouped' or 'model/in-two-groups' (which name the parameters), 'model/no-match' where
 *   a pattern matches no parameter at all, 'model/nothing-to-train' where everything is frozen, 'options/invalid'
 * @example
 * ```ts run given=model
 * import { paramGroups } from 'onnx-finetune'
 *
 * const two = paramGroups(model, { lr: 5e-5, headLrMultiplier: 10, weightDecay: 1e-3 })
 * const byLayer = paramGroups(model, { lr: 1e-3, layerDecay: 0.75, weightDecay: 0.05 })
 * const byName = paramGroups(model, {
 *   groups: [
 *     { name: 'norm', match: /bn|downsample\.1/, lr: 1e-4, weightDecay: 0 },
 *     { name: 'rest', match: /^(?!.*(bn|downsample\.1))/, lr: 1e-3 },
 *   ],
 * })
 * ```
 */
export function paramGroups(model: Model, options: HeadAndBackbone | ExplicitGroups): ParamGroup[] {
  checkArgument('paramGroups: model', model, modelKind)
  const trainable = model.trainable
  const groups = isExplicit(options) ? fromPatterns(model, options) : headAndBackbone(model, options)
  if (trainable.length === 0) throw modelError('model/nothing-to-train', { parameters: model.parameters.length })
  checkPartition(trainable, groups)
  return groups
    .map((group) => ({ ...group, params: group.params.filter((name) => !model.frozen.has(name)) }))
    .filter(({ params }) => params.length > 0)
}

const isExplicit = (options: HeadAndBackbone | ExplicitGroups): options is ExplicitGroups =>
  checkOptions(eitherForm, options, 'paramGroups').groups !== undefined

function headAndBackbone(model: Model, options: HeadAndBackbone): ParamGroup[] {
  const { layerDecay, ...settings } = defined(checkOptions(twoGroups, defined(options), 'paramGroups'))
  if (layerDecay !== undefined) return layerGroups(model, { ...settings, layerDecay })
  const { lr, headLrMultiplier, ...rest } = settings
  const ofHead = new Set(headTensors(model.head))
  const isHead = (name: string) => ofHead.has(name)
  return [
    { name: 'backbone', params: model.parameters.filter((name) => !isHead(name)), lr, ...rest },
    { name: 'head', params: model.parameters.filter(isHead), lr: lr * headLrMultiplier, ...rest },
  ]
}

function fromPatterns(model: Model, options: ExplicitGroups): ParamGroup[] {
  const { groups } = checkOptions(explicitGroups, options, 'paramGroups')
  return groups.map(({ match, ...group }) => ({ ...defined(group), params: matchParameters(model, match) }))
}

function checkPartition(trainable: readonly string[], groups: readonly ParamGroup[]): void {
  const owners = (parameter: string) =>
    groups.filter(({ params }) => params.includes(parameter)).map(({ name }) => name)
  const names = groups.map(({ name }) => name)
  const ungrouped = trainable.filter((parameter) => owners(parameter).length === 0)
  if (ungrouped.length > 0) throw optimError('model/ungrouped', { parameters: ungrouped, groups: names })
  const shared = trainable.find((parameter) => owners(parameter).length > 1)
  if (shared) throw optimError('model/in-two-groups', { parameter: shared, groups: owners(shared) })
}

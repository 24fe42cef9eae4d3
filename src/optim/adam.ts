import * as z from 'zod'
import type { GraphBuilder } from '../onnx/builder.js'
import { checkOptions, defined } from '../options.js'
import { filledIn, groupBase, groupsOf } from './groups.js'
import { groupsFor, type TrainedModel, type WithRate } from './modelGroups.js'
import { biasCorrection, keptShare, runningMean } from './moments.js'
import type { Optimizer, ParamGroup } from './Optimizer.js'
import { decayed } from './sgd.js'
import { optimizerOf, type UpdateRule, type UpdateValues } from './updateGraph.js'

/** The settings of groups that do not set them. */
export interface AdamDefaults {
  /** The decay rates of the running means of the gradient and of its square. @default [0.9, 0.999] */
  readonly betas?: readonly [number, number] | undefined
  /** The term added to the root of the mean square. @default 1e-8 */
  readonly eps?: number | undefined
  /** The weight decay. Default: 0, for AdamW 0.01. */
  readonly weightDecay?: number | undefined
}

/** Parameters that Adam updates with the same settings. */
export interface AdamGroup extends Pick<ParamGroup, 'name' | 'params' | 'lr'> {
  readonly betas?: readonly [number, number] | undefined
  readonly eps?: number | undefined
  readonly weightDecay?: number | undefined
}

type FullGroup = { readonly [K in keyof AdamGroup]-?: NonNullable<AdamGroup[K]> }

const beta = z.number().min(0).lt(1)
const settings = {
  betas: z.tuple([beta, beta]),
  eps: z.number().min(0),
  weightDecay: z.number().min(0),
}
const defaultsSchema = z.strictObject(settings).partial()
const groupsSchema = groupsOf(z.strictObject({ ...groupBase, ...settings }))

/**
 * Makes an Adam optimizer, as torch.optim.Adam. With d = gradient + weightDecay * p, at step t = 1, 2, ...
 *
 *     m = b1 * m + (1 - b1) * d
 *     v = b2 * v + (1 - b2) * d^2
 *     p = p - lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)
 *
 * A model takes the place of groups: `adam(model, { lr: 1e-3 })`. Its biases and norms do not decay.
 *
 * @throws FineTuneError 'options/invalid', 'model/in-two-groups'
 */
export function adam(groups: readonly AdamGroup[] | TrainedModel, defaults: WithRate<AdamDefaults> = {}): Optimizer {
  return create('adam', 'gradient', groups, defaults, 0)
}

/**
 * Makes an AdamW optimizer, as torch.optim.AdamW: like Adam, but the weight decay is applied directly to the parameter,
 * p = (1 - lr * weightDecay) * p, before the update.
 *
 * A model takes the place of groups: `adamW(model, { lr: 3e-4 })`. Its biases and norms do not decay.
 *
 * @throws FineTuneError 'options/invalid', 'model/in-two-groups'
 */
export function adamW(groups: readonly AdamGroup[] | TrainedModel, defaults: WithRate<AdamDefaults> = {}): Optimizer {
  return create('adamW', 'before', groups, defaults, 0.01)
}

/**
 * Makes AdamW in the form of Hugging Face, which ONNX Runtime's offline tool writes (`adam_mode` 1): eps is added to
 * the root that is not corrected, and the parameter decays after the update.
 *
 * @internal
 */
export function adamWHuggingFace(groups: readonly AdamGroup[], defaults: AdamDefaults = {}): Optimizer {
  return create('adamWHuggingFace', 'after', groups, defaults, 0)
}

/** The place of the weight decay: on the gradient, or on the parameter before or after the update. */
type Decay = 'gradient' | 'before' | 'after'

function create(
  kind: string,
  decay: Decay,
  of: readonly AdamGroup[] | TrainedModel,
  given: WithRate<AdamDefaults>,
  weightDecay: number,
): Optimizer {
  const { groups, defaults } = groupsFor<AdamGroup, AdamDefaults>(of, given, kind)
  const checked = checkOptions(defaultsSchema, defaults, `${kind}: defaults`)
  const filled = filledIn(
    groups,
    { betas: [0.9, 0.999], eps: 1e-8, weightDecay, ...defined(checked) },
    `${kind}: groups`,
  )
  return optimizerOf(ruleOf(kind, decay), checkOptions(groupsSchema, filled, `${kind}: groups`) as FullGroup[])
}

interface Scalars {
  /** lr / (1 - b1^t), for the Hugging Face form times sqrt(1 - b2^t). */
  readonly stepSize: string
  /** sqrt(1 - b2^t). */
  readonly rootCorrection: string
  /** 1 - lr * weightDecay. */
  readonly keep: string | undefined
}

function ruleOf(kind: string, decay: Decay): UpdateRule<FullGroup, Scalars> {
  return {
    kind,
    countsSteps: true,
    states: () => ['exp_avg', 'exp_avg_sq'],
    prepare(g, { betas, weightDecay }, learningRate, step) {
      const stepSize = g.op('Div', [learningRate, biasCorrection(g, betas[0], step)])
      const rootCorrection = g.op('Sqrt', [biasCorrection(g, betas[1], step)])
      const decays = decay !== 'gradient' && weightDecay > 0
      return {
        stepSize: decay === 'after' ? g.op('Mul', [stepSize, rootCorrection]) : stepSize,
        rootCorrection,
        keep: decays ? keptShare(g, learningRate, weightDecay) : undefined,
      }
    },
    update(g, values, { stepSize, rootCorrection, keep }, { betas, eps, weightDecay }) {
      const { parameter, gradient, states, out } = values
      const direction = decay === 'gradient' ? decayed(g, values, weightDecay) : gradient
      const mean = runningMean(g, states[0]!, direction, betas[0], out.states[0]!)
      const square = runningMean(g, states[1]!, g.op('Mul', [direction, direction]), betas[1], out.states[1]!)
      const root = g.op('Sqrt', [square])
      const corrected = decay === 'after' ? root : g.op('Div', [root, rootCorrection])
      const ratio = g.op('Div', [mean, g.op('Add', [corrected, g.scalar(eps)])])
      subtract(g, { parameter, out }, g.op('Mul', [ratio, stepSize]), keep, decay)
    },
  }
}

function subtract(
  g: GraphBuilder,
  { parameter, out }: Pick<UpdateValues, 'parameter' | 'out'>,
  update: string,
  keep: string | undefined,
  decay: Decay,
): void {
  const outputs = { outputs: [out.parameter] }
  if (keep === undefined) g.op('Sub', [parameter, update], {}, outputs)
  else if (decay === 'before') g.op('Sub', [g.op('Mul', [parameter, keep]), update], {}, outputs)
  else g.op('Mul', [g.op('Sub', [parameter, update]), keep], {}, outputs)
}

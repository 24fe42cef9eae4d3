import * as z from 'zod'
import type { GraphBuilder } from '../onnx/builder.js'
import { CAST_TO } from '../onnx/graph/tensor.js'
import { checkOptions, defined } from '../options.js'
import { filledIn, groupBase, groupsOf } from './groups.js'
import { groupsFor, type TrainedModel, type WithRate } from './modelGroups.js'
import { keptShare, runningMean } from './moments.js'
import type { Optimizer, ParamGroup } from './Optimizer.js'
import { optimizerOf, type UpdateRule } from './updateGraph.js'

/** The settings of groups that do not set them. */
export interface LionDefaults {
  /**
   * The shares of the running mean in the direction of the update, and in the mean itself.
   * @default [0.9, 0.99]
   */
  readonly betas?: readonly [number, number] | undefined
  /** The weight decay. @default 0 */
  readonly weightDecay?: number | undefined
}

/** Parameters that Lion updates with the same settings. */
export interface LionGroup extends Pick<ParamGroup, 'name' | 'params' | 'lr'>, LionDefaults {}

type FullGroup = { readonly [K in keyof LionGroup]-?: NonNullable<LionGroup[K]> }

const beta = z.number().min(0).lt(1)
const settings = { betas: z.tuple([beta, beta]), weightDecay: z.number().min(0) }
const defaultsSchema = z.strictObject(settings).partial()
const groupsSchema = groupsOf(z.strictObject({ ...groupBase, ...settings }))

/**
 * Makes a Lion optimizer (Chen et al., arXiv 2302.06675), as timm's. Each value of a parameter moves by `lr`, up or
 * down, so the rate is a third to a tenth of AdamW's, and the weight decay three to ten times AdamW's:
 *
 *     p = (1 - lr * weightDecay) * p - lr * sign(b1 * m + (1 - b1) * gradient)
 *     m = b2 * m + (1 - b2) * gradient
 *
 * A model takes the place of groups: `lion(model, { lr: 1e-4 })`. Its biases and norms do not decay.
 *
 * @throws FineTuneError 'options/invalid', 'model/in-two-groups'
 */
export function lion(groups: readonly LionGroup[] | TrainedModel, defaults: WithRate<LionDefaults> = {}): Optimizer {
  const of = groupsFor<LionGroup, LionDefaults>(groups, defaults, 'lion')
  const checked = defined(checkOptions(defaultsSchema, of.defaults, 'lion: defaults'))
  const filled = filledIn(of.groups, { betas: [0.9, 0.99], weightDecay: 0, ...checked }, 'lion: groups')
  return optimizerOf(rule, checkOptions(groupsSchema, filled, 'lion: groups') as FullGroup[])
}

interface Scalars {
  readonly learningRate: string
  /** 1 - lr * weightDecay. */
  readonly keep: string | undefined
}

const rule: UpdateRule<FullGroup, Scalars> = {
  kind: 'lion',
  countsSteps: false,
  states: () => ['exp_avg'],
  prepare: (g, { weightDecay }, learningRate) => ({
    learningRate,
    keep: weightDecay > 0 ? keptShare(g, learningRate, weightDecay) : undefined,
  }),
  update(g, { parameter, gradient, states, out }, { learningRate, keep }, { betas }) {
    const direction = runningMean(g, states[0]!, gradient, betas[0], g.fresh('direction'))
    const kept = keep === undefined ? parameter : g.op('Mul', [parameter, keep])
    const step = g.op('Mul', [sign(g, direction), learningRate])
    g.op('Sub', [kept, step], {}, { outputs: [out.parameter] })
    runningMean(g, states[0]!, gradient, betas[1], out.states[0]!)
  },
}

/** Adds the sign by operators that every execution provider has: Sign is missing on WebGPU. */
function sign(g: GraphBuilder, value: string): string {
  const zero = g.scalar(0)
  const isAbove = g.op('Cast', [g.op('Greater', [value, zero])], { to: CAST_TO.float32 })
  return g.op('Sub', [isAbove, g.op('Cast', [g.op('Less', [value, zero])], { to: CAST_TO.float32 })])
}

import * as z from 'zod'
import type { GraphBuilder } from '../onnx/builder.js'
import { checkOptions, defined } from '../options.js'
import { filledIn, groupBase, groupsOf } from './groups.js'
import { groupsFor, type TrainedModel, type WithRate } from './modelGroups.js'
import { runningMean } from './moments.js'
import type { Optimizer, ParamGroup } from './Optimizer.js'
import { decayed } from './sgd.js'
import { optimizerOf, type UpdateRule, type UpdateValues } from './updateGraph.js'

/** The settings of groups that do not set them. */
export interface RmsPropDefaults {
  /** The decay rate of the running mean of the square of the gradient. @default 0.99 */
  readonly alpha?: number | undefined
  /** The term added to the root of the mean square. @default 1e-8 */
  readonly eps?: number | undefined
  /** The momentum. @default 0 */
  readonly momentum?: number | undefined
  /** True if the gradient's running variance takes the place of its mean square. @default false */
  readonly centered?: boolean | undefined
  /** The weight decay. @default 0 */
  readonly weightDecay?: number | undefined
}

/** Parameters that RMSProp updates with the same settings. */
export interface RmsPropGroup extends Pick<ParamGroup, 'name' | 'params' | 'lr'>, RmsPropDefaults {}

type FullGroup = { readonly [K in keyof RmsPropGroup]-?: NonNullable<RmsPropGroup[K]> }

const share = z.number().min(0).lt(1)
const settings = {
  alpha: share,
  eps: z.number().min(0),
  momentum: share,
  centered: z.boolean(),
  weightDecay: z.number().min(0),
}
const defaultsSchema = z.strictObject(settings).partial()
const groupsSchema = groupsOf(z.strictObject({ ...groupBase, ...settings }))

/**
 * Makes an RMSProp optimizer, as torch.optim.RMSprop. With d = gradient + weightDecay * p,
 *
 *     v = alpha * v + (1 - alpha) * d^2
 *     m = alpha * m + (1 - alpha) * d                      only if centered; else m is 0
 *     b = momentum * b + d / (sqrt(v - m^2) + eps)
 *     p = p - lr * b
 *
 * A model takes the place of groups: `rmsProp(model, { lr: 1e-3 })`. Its biases and norms do not decay.
 *
 * @throws FineTuneError 'options/invalid', 'model/in-two-groups'
 */
export function rmsProp(
  groups: readonly RmsPropGroup[] | TrainedModel,
  defaults: WithRate<RmsPropDefaults> = {},
): Optimizer {
  const of = groupsFor<RmsPropGroup, RmsPropDefaults>(groups, defaults, 'rmsProp')
  const checked = defined(checkOptions(defaultsSchema, of.defaults, 'rmsProp: defaults'))
  const base = { alpha: 0.99, eps: 1e-8, momentum: 0, centered: false, weightDecay: 0 }
  const filled = filledIn(of.groups, { ...base, ...checked }, 'rmsProp: groups')
  return optimizerOf(rule, checkOptions(groupsSchema, filled, 'rmsProp: groups') as FullGroup[])
}

interface Scalars {
  readonly learningRate: string
}

const rule: UpdateRule<FullGroup, Scalars> = {
  kind: 'rmsProp',
  countsSteps: false,
  states: ({ momentum, centered }) => [
    'square_avg',
    ...(centered ? ['grad_avg'] : []),
    ...(momentum > 0 ? ['momentum_buffer'] : []),
  ],
  prepare: (_, __, learningRate) => ({ learningRate }),
  update(g, values, { learningRate }, group) {
    const direction = decayed(g, values, group.weightDecay)
    const root = g.op('Sqrt', [spread(g, direction, values, group)])
    const ratio = g.op('Div', [direction, g.op('Add', [root, g.scalar(group.eps)])])
    const step = g.op('Mul', [withMomentum(g, ratio, values, group), learningRate])
    g.op('Sub', [values.parameter, step], {}, { outputs: [values.out.parameter] })
  },
}

/** Adds the running mean of the square or, if centered, the running variance. */
function spread(g: GraphBuilder, direction: string, { states, out }: UpdateValues, group: FullGroup): string {
  const square = runningMean(g, states[0]!, g.op('Mul', [direction, direction]), group.alpha, out.states[0]!)
  if (!group.centered) return square
  const mean = runningMean(g, states[1]!, direction, group.alpha, out.states[1]!)
  return g.op('Sub', [square, g.op('Mul', [mean, mean])])
}

function withMomentum(g: GraphBuilder, ratio: string, { states, out }: UpdateValues, { momentum }: FullGroup): string {
  if (momentum === 0) return ratio
  const kept = g.op('Mul', [states.at(-1)!, g.scalar(momentum)])
  return g.op('Add', [kept, ratio], {}, { outputs: [out.states.at(-1)!] })
}

import * as z from 'zod'
import type { GraphBuilder } from '../onnx/builder.js'
import { checkOptions } from '../options.js'
import { filledIn, groupBase, groupsOf } from './groups.js'
import { groupsFor, type TrainedModel, type WithRate } from './modelGroups.js'
import { keptShare } from './moments.js'
import type { Optimizer, ParamGroup } from './Optimizer.js'
import { optimizerOf, type UpdateRule, type UpdateValues } from './updateGraph.js'

/** The settings of groups that do not set them. */
export interface SgdDefaults {
  /** The momentum. @default 0 */
  readonly momentum?: number | undefined
  /** The weight decay. @default 0 */
  readonly weightDecay?: number | undefined
  /** True for Nesterov momentum. @default false */
  readonly nesterov?: boolean | undefined
}

type SgdGroup = ParamGroup & { readonly [K in keyof SgdDefaults]-?: NonNullable<SgdDefaults[K]> }

const settings = {
  momentum: z.number().min(0).lt(1).optional(),
  weightDecay: z.number().min(0).optional(),
  nesterov: z.boolean().optional(),
}
const defaultsSchema = z.strictObject(settings)
const groupsSchema = groupsOf(
  z
    .strictObject({ ...groupBase, ...settings, momentum: z.number().min(0).lt(1), nesterov: z.boolean() })
    .refine(({ nesterov, momentum }) => !nesterov || momentum > 0, {
      error: 'false where momentum is 0',
      path: ['nesterov'],
    }),
)

/**
 * Makes an optimizer by stochastic gradient descent, as torch.optim.SGD (dampening 0):
 *
 *     d = gradient + weightDecay * p
 *     b = momentum * b + d                                 b is 0 before the first step
 *     p = p - lr * (nesterov ? d + momentum * b : b)
 *
 * A model takes the place of groups: `sgd(model, { lr: 1e-2 })`. Its biases and norms do not decay.
 *
 * @throws FineTuneError 'options/invalid', 'model/in-two-groups'
 */
export function sgd(groups: readonly ParamGroup[] | TrainedModel, defaults: WithRate<SgdDefaults> = {}): Optimizer {
  const of = groupsFor<ParamGroup, SgdDefaults>(groups, defaults, 'sgd')
  const { momentum = 0, weightDecay = 0, nesterov = false } = checkOptions(defaultsSchema, of.defaults, 'sgd: defaults')
  const filled = filledIn(of.groups, { momentum, weightDecay, nesterov }, 'sgd: groups')
  return optimizerOf(rule, checkOptions(groupsSchema, filled, 'sgd: groups') as SgdGroup[])
}

interface Scalars {
  readonly learningRate: string
  /** 1 - lr * weightDecay, the factor of a parameter, if decay is only that: without momentum. */
  readonly kept?: string
}

const rule: UpdateRule<SgdGroup, Scalars> = {
  kind: 'sgd',
  countsSteps: false,
  states: ({ momentum }) => (momentum > 0 ? ['momentum_buffer'] : []),
  prepare(g, { weightDecay, momentum }, learningRate) {
    if (weightDecay === 0 || momentum > 0) return { learningRate }
    return { learningRate, kept: keptShare(g, learningRate, weightDecay) }
  },
  update(g, values, { learningRate, kept }, group) {
    const { parameter, gradient, out } = values
    if (kept) {
      // One pass over memory less than the formula above.
      const moved = [g.op('Mul', [parameter, kept]), g.op('Mul', [gradient, learningRate])]
      g.op('Sub', moved, {}, { outputs: [out.parameter] })
      return
    }
    const direction = momentumOf(g, decayed(g, values, group.weightDecay), values, group)
    g.op('Sub', [parameter, g.op('Mul', [direction, learningRate])], {}, { outputs: [out.parameter] })
  },
}

/** Adds the weight decay to the gradient, as an L2 penalty does. */
export function decayed(g: GraphBuilder, { parameter, gradient }: UpdateValues, weightDecay: number): string {
  if (weightDecay === 0) return gradient
  return g.op('Add', [gradient, g.op('Mul', [parameter, g.scalar(weightDecay)])])
}

function momentumOf(g: GraphBuilder, gradient: string, { states, out }: UpdateValues, group: SgdGroup): string {
  if (group.momentum === 0) return gradient
  const momentum = g.scalar(group.momentum)
  const kept = g.op('Mul', [states[0]!, momentum])
  const buffer = g.op('Add', [kept, gradient], {}, { outputs: [out.states[0]!] })
  return group.nesterov ? g.op('Add', [gradient, g.op('Mul', [buffer, momentum])]) : buffer
}

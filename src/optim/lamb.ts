import * as z from 'zod'
import type { GraphBuilder } from '../onnx/builder.js'
import { checkOptions, defined } from '../options.js'
import { filledIn, groupBase, groupsOf } from './groups.js'
import { groupsFor, type TrainedModel, type WithRate } from './modelGroups.js'
import { biasCorrection, runningMean } from './moments.js'
import type { Optimizer, ParamGroup } from './Optimizer.js'
import { optimizerOf, type UpdateRule } from './updateGraph.js'

/** The settings of groups that do not set them. */
export interface LambDefaults {
  /** The decay rates of the running means of the gradient and of its square. @default [0.9, 0.999] */
  readonly betas?: readonly [number, number] | undefined
  /** The term added to the root of the mean square. @default 1e-6 */
  readonly eps?: number | undefined
  /** The weight decay. Parameters without it are updated as by Adam. @default 0.01 */
  readonly weightDecay?: number | undefined
}

/** Parameters that LAMB updates with the same settings. */
export interface LambGroup extends Pick<ParamGroup, 'name' | 'params' | 'lr'>, LambDefaults {}

type FullGroup = { readonly [K in keyof LambGroup]-?: NonNullable<LambGroup[K]> }

const beta = z.number().min(0).lt(1)
const settings = { betas: z.tuple([beta, beta]), eps: z.number().min(0), weightDecay: z.number().min(0) }
const defaultsSchema = z.strictObject(settings).partial()
const groupsSchema = groupsOf(z.strictObject({ ...groupBase, ...settings }))

/**
 * Makes a LAMB optimizer (You et al., arXiv 1904.00962), as timm's. At step t = 1, 2, ...
 *
 *     m = b1 * m + (1 - b1) * gradient
 *     v = b2 * v + (1 - b2) * gradient^2
 *     u = m / (1 - b1^t) / (sqrt(v) / sqrt(1 - b2^t) + eps) + weightDecay * p
 *     p = p - lr * |p| / |u| * u                           the ratio is 1 where a norm is 0 or weightDecay is 0
 *
 * timm also limits the norm of all gradients to 1: `clip: { norm: 1 }` of `fineTune`.
 *
 * A model takes the place of groups: `lamb(model, { lr: 1e-3 })`. Its biases and norms do not decay.
 *
 * @throws FineTuneError 'options/invalid', 'model/in-two-groups'
 */
export function lamb(groups: readonly LambGroup[] | TrainedModel, defaults: WithRate<LambDefaults> = {}): Optimizer {
  const of = groupsFor<LambGroup, LambDefaults>(groups, defaults, 'lamb')
  const checked = defined(checkOptions(defaultsSchema, of.defaults, 'lamb: defaults'))
  const filled = filledIn(of.groups, { betas: [0.9, 0.999], eps: 1e-6, weightDecay: 0.01, ...checked }, 'lamb: groups')
  return optimizerOf(rule, checkOptions(groupsSchema, filled, 'lamb: groups') as FullGroup[])
}

interface Scalars {
  readonly learningRate: string
  /** 1 - b1^t. */
  readonly correction: string
  /** sqrt(1 - b2^t). */
  readonly rootCorrection: string
}

const rule: UpdateRule<FullGroup, Scalars> = {
  kind: 'lamb',
  countsSteps: true,
  states: () => ['exp_avg', 'exp_avg_sq'],
  prepare: (g, { betas }, learningRate, step) => ({
    learningRate,
    correction: biasCorrection(g, betas[0], step),
    rootCorrection: g.op('Sqrt', [biasCorrection(g, betas[1], step)]),
  }),
  update(g, { parameter, gradient, states, out }, { learningRate, ...corrections }, { betas, eps, weightDecay }) {
    const mean = runningMean(g, states[0]!, gradient, betas[0], out.states[0]!)
    const square = runningMean(g, states[1]!, g.op('Mul', [gradient, gradient]), betas[1], out.states[1]!)
    const root = g.op('Div', [g.op('Sqrt', [square]), corrections.rootCorrection])
    const ratio = g.op('Div', [g.op('Div', [mean, corrections.correction]), g.op('Add', [root, g.scalar(eps)])])
    const direction = weightDecay === 0 ? ratio : g.op('Add', [ratio, g.op('Mul', [parameter, g.scalar(weightDecay)])])
    const rate = weightDecay === 0 ? learningRate : g.op('Mul', [learningRate, trustRatio(g, parameter, direction)])
    g.op('Sub', [parameter, g.op('Mul', [direction, rate])], {}, { outputs: [out.parameter] })
  },
}

/** Adds |parameter| / |direction|, or 1 if one of the norms is 0. */
function trustRatio(g: GraphBuilder, parameter: string, direction: string): string {
  const [weight, step] = [parameter, direction].map((value) =>
    g.op('Sqrt', [g.op('ReduceSumSquare', [value], { keepdims: 0 })]),
  )
  const zero = g.scalar(0)
  const both = g.op('And', [g.op('Greater', [weight!, zero]), g.op('Greater', [step!, zero])])
  return g.op('Where', [both, g.op('Div', [weight!, step!]), g.scalar(1)])
}

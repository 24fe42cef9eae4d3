import * as z from 'zod'
import { checkOptions } from '../options.js'

/** The parts of a `Model` that an optimizer makes groups of. */
export interface TrainedModel {
  /** The names of the parameters to train. */
  readonly trainable: readonly string[]
  get(name: string): { readonly dims: readonly number[] }
}

/** The settings of all groups, and the learning rate where a model takes the place of groups. */
export type WithRate<Settings> = Settings & {
  /** The learning rate of all parameters, if a model is given; groups have their own. */
  readonly lr?: number | undefined
}

const rateSchema = z.looseObject({ lr: z.number().min(0) })

/**
 * Returns the groups and the settings of an optimizer. A model has two groups: its parameters of several dimensions, and
 * its biases and norms (one dimension), which do not decay.
 */
export function groupsFor<Group, Settings extends object>(
  given: readonly Group[] | TrainedModel,
  settings: WithRate<Settings>,
  kind: string,
): { readonly groups: readonly Group[]; readonly defaults: Settings } {
  if (!isModel(given)) return { groups: given, defaults: settings }
  const { lr, ...defaults } = checkOptions(rateSchema, settings, kind)
  const isWeight = (name: string) => given.get(name).dims.length > 1
  const weights = { name: 'weights', params: given.trainable.filter(isWeight), lr }
  const others = {
    name: 'biasesAndNorms',
    params: given.trainable.filter((name) => !isWeight(name)),
    lr,
    weightDecay: 0,
  }
  const groups = [weights, others].filter(({ params }) => params.length > 0)
  return { groups: groups as readonly unknown[] as readonly Group[], defaults: defaults as unknown as Settings }
}

function isModel(given: unknown): given is TrainedModel {
  try {
    return typeof given === 'object' && given !== null && 'trainable' in given && 'get' in given
  } catch {
    return false // a proxy that was revoked
  }
}

import { gradientOf } from '../contract/names.js'
import { GraphBuilder } from '../onnx/builder.js'
import type { Graph } from '../onnx/graph/graph.js'
import { CAST_TO } from '../onnx/graph/tensor.js'
import { optimError } from './errors.js'
import type { Optimizer, ParamGroup } from './Optimizer.js'

type Group = Pick<ParamGroup, 'name' | 'params' | 'lr'>

/** The formula of an optimizer. `Scalars` are values that all parameters of a group share. */
export interface UpdateRule<G extends Group, Scalars> {
  readonly kind: string
  /** True if the formula needs the number of the step. */
  readonly countsSteps: boolean
  /** Returns the names of a parameter's states: `momentum_buffer`. */
  states(group: G): readonly string[]
  /** Adds the values that the parameters of a group share. `learningRate` and `step` are float scalars. */
  prepare(g: GraphBuilder, group: G, learningRate: string, step: string): Scalars
  /** Adds the update of one parameter to `out.parameter` and `out.states`. */
  update(g: GraphBuilder, values: UpdateValues, scalars: Scalars, group: G): void
}

/** The names of the values that an update reads and of those that it makes. */
export interface UpdateValues {
  readonly parameter: string
  readonly gradient: string
  readonly states: readonly string[]
  readonly out: { readonly parameter: string; readonly states: readonly string[] }
}

/** The metadata entry of an optimizer graph with its settings, as JSON: `{ kind, groups }`. */
export const OPTIMIZER_METADATA = 'onnx-finetune.optimizer'

/**
 * Makes an optimizer from its formula and its groups.
 *
 * @throws FineTuneError 'model/in-two-groups' for a parameter that two groups name
 */
export function optimizerOf<G extends Group, Scalars>(
  rule: UpdateRule<G, Scalars>,
  groups: readonly G[],
): Optimizer & { readonly groups: readonly G[] } {
  checkDisjoint(groups)
  const stateNames = (param: string) => {
    const group = groups.find(({ params }) => params.includes(param))
    return group ? rule.states(group).map((state) => `${param}.${state}`) : []
  }
  return {
    kind: rule.kind,
    groups,
    stateNames,
    buildGraph(dims) {
      checkComplete(groups, [...dims.keys()])
      return buildUpdateGraph(rule, groups, dims, stateNames)
    },
  }
}

function buildUpdateGraph<G extends Group, Scalars>(
  rule: UpdateRule<G, Scalars>,
  groups: readonly G[],
  dims: ReadonlyMap<string, readonly number[]>,
  stateNames: (param: string) => string[],
): Graph {
  const g = new GraphBuilder()
  g.graph.name = rule.kind
  g.graph.metadata.set(OPTIMIZER_METADATA, JSON.stringify({ kind: rule.kind, groups }))
  const rates = g.input('learning_rate', 'float32', [groups.length])
  const step = rule.countsSteps ? stepScalar(g) : ''
  for (const [i, group] of groups.entries()) {
    const learningRate = g.op('Gather', [
      rates,
      g.constant({ type: 'int64', dims: [], data: BigInt64Array.of(BigInt(i)) }),
    ])
    const scalars = rule.prepare(g, group, learningRate, step)
    for (const parameter of group.params) {
      const shape = dims.get(parameter)!
      const inputs = [parameter, gradientOf(parameter), ...stateNames(parameter)] as const
      for (const input of inputs) g.input(input, 'float32', shape)
      const [, gradient, ...states] = inputs
      const out = { parameter: `${parameter}.out`, states: states.map((state) => `${state}.out`) }
      const values = { parameter, gradient, states, out }
      if (isBestAsVector(shape)) updateAsVector(g, values, shape, (v) => rule.update(g, v, scalars, group))
      else rule.update(g, values, scalars, group)
      for (const output of [out.parameter, ...out.states]) g.output(output, 'float32', shape)
    }
  }
  return g.graph
}

/**
 * Tells whether a shape ends in 1, such as that of the weight of a 1x1 convolution: ONNX Runtime processes such a
 * tensor value by value together with a scalar, at twenty times the cost.
 */
export const isBestAsVector = (shape: readonly number[]): boolean => shape.length > 1 && shape.at(-1) === 1

function updateAsVector(
  g: GraphBuilder,
  { parameter, gradient, states, out }: UpdateValues,
  shape: readonly number[],
  update: (values: UpdateValues) => void,
): void {
  const flat = (value: string) => g.op('Reshape', [value, g.ints(-1)])
  const outputs = { parameter: g.fresh('vector'), states: states.map(() => g.fresh('vector')) }
  update({ parameter: flat(parameter), gradient: flat(gradient), states: states.map(flat), out: outputs })
  const shaped = (value: string, output: string) =>
    g.op('Reshape', [value, g.ints(...shape)], {}, { outputs: [output] })
  shaped(outputs.parameter, out.parameter)
  for (const [i, state] of outputs.states.entries()) shaped(state, out.states[i]!)
}

function stepScalar(g: GraphBuilder): string {
  const first = g.constant({ type: 'int64', dims: [], data: BigInt64Array.of(0n) })
  return g.op('Cast', [g.op('Gather', [g.input('step', 'int64', [1]), first])], { to: CAST_TO.float32 })
}

function checkDisjoint(groups: readonly Group[]): void {
  const owner = new Map<string, string>()
  for (const { name, params } of groups)
    for (const parameter of params) {
      const other = owner.get(parameter)
      if (other !== undefined) throw optimError('model/in-two-groups', { parameter, groups: [other, name] })
      owner.set(parameter, name)
    }
}

function checkComplete(groups: readonly Group[], trained: readonly string[]): void {
  const grouped = new Set(groups.flatMap(({ params }) => params))
  const parameters = trained.filter((name) => !grouped.has(name))
  if (parameters.length > 0) throw optimError('model/ungrouped', { parameters, groups: groups.map(({ name }) => name) })
  const known = new Set(trained)
  for (const { name, params } of groups)
    for (const parameter of params)
      if (!known.has(parameter)) throw optimError('optim/unknown-parameter', { parameter, group: name, known: trained })
}

import { expect } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { type LowerOptions, lower } from '../../src/lowering/lower.js'
import { blockedFilters, fromBlocked, toBlocked } from '../../src/lowering/nchwc/layout/filters.js'
import { blockOf } from '../../src/lowering/targets.js'
import { type Graph, NCHWC } from '../../src/onnx/graph/graph.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import type { seededRandom } from '../../src/random.js'
import { chooseTarget } from '../../src/runtime/chooseTarget.js'
import { openRuntime } from '../../src/runtime/runtime.js'
import { withGradients } from '../support/checkGradients.js'
import { cosine, expectAllClose, relativeError } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runStock } from '../support/stockRuntime.js'

/** What this machine's processor has. */
export const target = await chooseTarget(await openRuntime('onnxruntime-node', { threads: 1 }))
/** Tests that run blocked graphs need AVX2 or AVX-512. */
export const isBlockedHere = blockOf(target) !== undefined
export const BLOCK = blockOf(target) ?? 16

/** Makes tensors of normal values, scaled by their inputs. */
export const tensorsOf =
  (source: ReturnType<typeof seededRandom>) =>
  (...dims: readonly number[]) =>
    float32(
      Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => source.normal() / Math.sqrt(dims[1] ?? 9)),
      dims,
    )

/** Of the inputs that a user feeds. */
export const shapesOf = (training: Graph, feeds: Readonly<Record<string, Tensor>>) =>
  new Map(
    training.inputs
      .filter(({ shape }) => shape?.some((dim) => typeof dim !== 'number'))
      .map(({ name }) => [name, feeds[name]!.dims] as const),
  )

/** What a training graph puts out in the blocked form; tensors go in and come out in the standard layout. */
export async function runBlocked(
  training: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  options: Partial<LowerOptions> = {},
): Promise<Record<string, Tensor>> {
  const layouts = blockedFilters(training, BLOCK)
  const layoutOf = (name: string) => layouts.get(name.replace(/_grad(\.accumulation\.buffer)?$/, ''))
  const turned = (tensors: Readonly<Record<string, Tensor>>, turn: typeof toBlocked) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => {
        const layout = layoutOf(name)
        return [name, layout ? turn(tensor as Tensor<'float32'>, layout) : tensor]
      }),
    )
  const lowered = lower(training, { target, shapes: shapesOf(training, feeds), ...options })
  expect(lowered.nodes.some(({ domain }) => domain === NCHWC)).toBe(!options.disable?.includes('layout'))
  return turned(await runStock(lowered, turned(feeds, toBlocked)), fromBlocked)
}

/** Loss, outputs and gradients of a training graph by Microsoft's kernels, and all that the graph reads. */
export async function officialResults(
  training: Graph,
  forward: Pick<Graph, 'initializers'>,
  feeds: Readonly<Record<string, Tensor>>,
) {
  const [shown, all] = withGradients(training, forward as Graph, feeds)
  const results = Object.entries(await runOfficial(shown, all)).filter(([name]) => !name.includes('accumulation'))
  return { results: Object.fromEntries(results), all }
}

/** The step of a training graph on this machine: in the standard layout, and in the blocked one where it has that. */
export function stepsOf(training: Graph, feeds: Readonly<Record<string, Tensor>>): Graph[] {
  const plain = lower(training, { target: 'cpu' })
  return isBlockedHere ? [plain, lower(training, { target, shapes: shapesOf(training, feeds) })] : [plain]
}

export interface TrainingCase {
  /** The user inputs and the labels. */
  readonly feeds: Readonly<Record<string, Tensor>>
  /** Default: every initializer that is no running statistic. */
  readonly requiresGrad?: readonly string[]
  readonly outputs?: readonly string[]
  readonly tolerance?: number
}

/**
 * Loss, outputs and gradients of a forward graph, in the standard layout and in the blocked form, against Microsoft's
 * kernels. Returns the names of the filters that are blocked.
 */
export async function expectOfficialTraining(forward: Graph, test: TrainingCase): Promise<string[]> {
  const { feeds, outputs, tolerance = 1e-5 } = test
  const requiresGrad =
    test.requiresGrad ?? [...forward.initializers.keys()].filter((name) => !/running|constant/.test(name))
  const training = buildTrainingGraph(forward, {
    requiresGrad,
    outputs,
    loss: { type: 'crossEntropy', reduction: 'mean' },
  })
  const { results, all } = await officialResults(training, forward, feeds)
  // The official kernel moves the running variance towards the biased one; torch and we do not.
  const expected = Object.fromEntries(Object.entries(results).filter(([name]) => !name.includes('running_var')))
  const plain = await runStock(lower(training, { target: 'cpu' }), all)
  expectAllClose(plain, expected, tolerance)
  const blocked = await runBlocked(training, all)
  expectAllClose(blocked, { ...expected, ...runningVariances(plain) }, tolerance)
  return [...blockedFilters(training, BLOCK).keys()]
}

const runningVariances = (results: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(Object.entries(results).filter(([name]) => name.includes('running_var')))

/**
 * What Microsoft's kernels make of a training graph: gradients under their own names, with `accumulate` added to the
 * buffers that are fed. Running variances are ours, since theirs move towards the biased one.
 */
export async function officialStep(
  training: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  accumulate = false,
): Promise<Record<string, Tensor>> {
  const { results, all } = await officialResults(training, { initializers: new Map(Object.entries(feeds)) }, feeds)
  const official = Object.entries(results).map(([name, tensor]) => {
    const buffer = accumulate && feeds[`${name}.accumulation.buffer`]
    return [name, buffer ? sumOf(tensor, buffer) : tensor] as const
  })
  return {
    ...Object.fromEntries(official),
    ...runningVariances(await runStock(lower(training, { target: 'cpu' }), all)),
  }
}

const sumOf = (a: Tensor, b: Tensor): Tensor =>
  float32(
    (a.data as Float32Array).map((value, i) => value + Number(b.data[i])),
    a.dims,
  )

/** Outputs of the blocked graph that differ from those of Microsoft's kernels. */
export async function differences(
  training: Graph,
  feeds: Record<string, Tensor>,
  options: Partial<LowerOptions> = {},
  tolerance = 1e-5,
) {
  const expected = await officialStep(training, feeds, options.accumulate)
  const actual = await runBlocked(training, feeds, options)
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
  const compared = Object.entries(expected).map(([name, tensor]) => {
    const ours = actual[name]!
    return { name, error: relativeError(ours, tensor), cosine: tensor.data.length > 1 ? cosine(ours, tensor) : 1 }
  })
  // The seeds keep every pre-activation away from zero, where rounding alone would decide the side of a ReLU.
  return compared.filter(({ error, cosine }) => !(error < tolerance) || !(cosine > 0.99999))
}

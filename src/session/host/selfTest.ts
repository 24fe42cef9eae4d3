import { isFineTuneError } from '../../errors.js'
import type { Target } from '../../lowering/targets.js'
import { writeModel } from '../../onnx/format/write.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { chooseTarget } from '../../runtime/chooseTarget.js'
import type { Runtime } from '../../runtime/runtime.js'
import { selfTestArtifacts, selfTestFeeds } from './selfTestNetwork.js'
import { TrainingHost } from './TrainingHost.js'

/**
 * The largest difference from the processor's result, relative to it. Arithmetic in TF32, the default of CUDA, stays
 * within, although it moves a few of the values near 0 to the other side of a ReLU, each worth up to 3 %; a wrong kernel
 * is off by about 1.
 */
const TOLERANCE = 0.1
/** The longest time for an answer, in milliseconds: a slow phone compiles shaders for some seconds. */
const PATIENCE = 60_000

/** The results of one step, by their names for people, and for each the value from which it was computed, if any. */
type Step = ReadonlyMap<string, { readonly value: Tensor; readonly from?: Tensor }>

/**
 * Computes one training step of a tiny network on a runtime and on the processor: loss, gradients, update, running
 * statistics.
 *
 * @param wanted the target of the graphs. Default: that of the runtime
 * @param patience the longest time for an answer, in milliseconds
 * @returns the problem, if the step fails, differs, or does not end
 */
export async function selfTest(
  runtime: Runtime,
  wanted?: Target,
  patience: number = PATIENCE,
): Promise<string | undefined> {
  const processor = runtime.onProcessor()
  const expected = await oneStep(processor, await chooseTarget(processor))
  try {
    const target = wanted ?? (await chooseTarget(runtime))
    return differenceOf(await inTime(oneStep(runtime, target), patience), expected)
  } catch (error) {
    if (isFineTuneError(error, 'session/not-finite')) return `it computes no finite number in ${error.facts.tensor}`
    return problemOf(error)
  }
}

async function oneStep(runtime: Runtime, target: Target): Promise<Step> {
  const report = { runtime: runtime.name, provider: runtime.provider, target, tried: [] }
  const artifacts = await selfTestArtifacts()
  const before = artifacts.checkpoint.parameters
  const open = runtime.createSession.bind(runtime)
  const host = new TrainingHost(artifacts, { report, runtime, open: (graph, label) => open(writeModel(graph), label) })
  const outputs = await host.updateStep(selfTestFeeds(), undefined)
  const { parameters, optimizerGroups } = await host.getCheckpoint()
  await host.release()
  const gradients = optimizerGroups.flatMap(({ states }) => [...states])
  return new Map([
    ...Object.entries(outputs).map(([name, value]) => [name, { value }] as const),
    ...gradients.map(([name, state]) => [`the gradient of ${name}`, { value: [...state.values()][0]! }] as const),
    ...[...parameters].map(([name, { tensor }]) => [name, { value: tensor, from: before.get(name)!.tensor }] as const),
  ])
}

/** Describes the first result that differs. */
function differenceOf(actual: Step, expected: Step): string | undefined {
  for (const [name, { value, from }] of expected) {
    const found = actual.get(name)?.value
    if (!found) return `it does not compute ${name}`
    const difference = relativeDifference(found, value, from)
    // The comparison is false for NaN.
    if (!(difference <= TOLERANCE)) return `it computes ${name} wrong: ${shown(difference)}`
  }
  return undefined
}

/** Returns |actual - expected| / |expected - from|. */
function relativeDifference(actual: Tensor, expected: Tensor, from: Tensor | undefined): number {
  const [a, e, f] = [actual, expected, from].map((tensor) => tensor?.data as Float32Array | undefined)
  if (a!.length !== e!.length) return Number.NaN
  let [difference, size] = [0, 0]
  for (let i = 0; i < e!.length; i++) {
    difference += (a![i]! - e![i]!) ** 2
    size += (e![i]! - (f?.[i] ?? 0)) ** 2
  }
  return Math.sqrt(difference / size)
}

const shown = (difference: number): string =>
  Number.isFinite(difference) ? `off by ${Number((difference * 100).toPrecision(2))} %` : 'not a number'

function inTime<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout>
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, milliseconds, new Error(`no answer within ${milliseconds / 1000} s`))
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!

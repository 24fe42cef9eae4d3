import { generateArtifacts } from '../../../src/artifacts/generateArtifacts.js'
import type { TrainingArtifacts } from '../../../src/artifacts/TrainingArtifacts.js'
import { rolesOf } from '../../../src/contract/roles.js'
import { type FineTuneError, isFineTuneError } from '../../../src/errors.js'
import { blockOf, type Target } from '../../../src/lowering/targets.js'
import { readModel } from '../../../src/onnx/format/read.js'
import type { Tensor } from '../../../src/onnx/graph/tensor.js'
import { sgd } from '../../../src/optim/sgd.js'
import { openHost } from '../../../src/session/host/openHost.js'
import { planOptimizer } from '../../../src/session/host/optimizerPlan.js'
import { type Array64, toArray64 } from '../../support/float64/Array64.js'
import { lowered64 } from '../lowered64.js'
import { buildNetwork, type Network } from './build.js'
import type { Description } from './description.js'
import { distance, largest, optimizerFeeds, Reference, type Step } from './Reference.js'
import { expectSlopes } from './slopes.js'

/** By how much more than its noise a result may differ: sums inside an operator round more than once. */
const ROUNDINGS = 32
/** The blocked form's E[x^2] - E[x]^2 rounds 1 + 4^2 times as much where the mean is four deviations from zero. */
const ROUNDINGS_OF_BLOCKED = 96
/** Of the largest value of a tensor: what is not worth a look. */
const LEAST = 2e-6
/** A tensor that float32 cannot tell better than this is compared in float64 alone. */
const MOST = 1e-3
/** In float64 it is the constants of a lowered graph that are rounded, and nothing else. */
const ROUNDINGS_OF_CONSTANTS = 8
const LEAST_IN_FLOAT64 = 3e-7

export interface Agreement {
  /** Whether every bend is clear of rounding, after a few drawings of the weights; if not, nothing is compared. */
  readonly clear: boolean
  readonly compared: number
  /** Values of which float32 tells too little to compare them. */
  readonly vague: number
  /** Targets that refuse the network, and with which code. */
  readonly refused: readonly string[]
}

/**
 * One step of training with its update, four ways: the official graph in float64; the graphs lowered for each target, in
 * float64; and the sessions of this machine. The slopes of the official gradients are those of finite differences.
 * A refusal for which `isTrue` is false is thrown.
 */
export async function expectAgreement(
  description: Description,
  targets: readonly Target[],
  isTrue: (error: FineTuneError) => boolean,
): Promise<Agreement> {
  const refused: string[] = []
  const unlessRefused = async <T>(what: string, work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      if (!isFineTuneError(error) || !isTrue(error)) throw error
      refused.push(`${what}: ${error.code}`)
      return undefined
    }
  }
  const drawn = await unlessRefused('artifacts', () => drawClear(description))
  if (!drawn) return { clear: true, compared: 0, vague: 0, refused }
  const { network, artifacts, step, reference, clear } = drawn
  if (!clear) return { clear, compared: 0, vague: 0, refused }
  expectSlopes(network, step, reference)
  for (const target of ['cpu', 'cpu-blocked8', 'cpu-blocked16', 'webgpu'] as const) {
    if (blockOf(target) === 16 && targets.includes(target)) continue
    const results = await unlessRefused(target, () =>
      lowered64(
        step.training,
        { ...step.feeds, ...optimizerFeeds(step, reference.rates) },
        {
          target,
          constants: constantsOf(artifacts, step),
          update: step.optimizer,
        },
      ),
    )
    if (results) compare(results, reference, `${target}, in float64`, ROUNDINGS_OF_CONSTANTS, LEAST_IN_FLOAT64)
  }
  let [compared, vague] = [0, 0]
  for (const target of targets) {
    const results = await unlessRefused(`session, ${target}`, () =>
      trained(artifacts, network, step, target, reference.rates, description.joined),
    )
    if (!results) continue
    const roundings = blockOf(target) ? ROUNDINGS_OF_BLOCKED : ROUNDINGS
    const seen = compare(results, reference, target, roundings, LEAST)
    compared += seen.compared
    vague += seen.vague
  }
  return { clear, compared, vague, refused }
}

/** Draws weights and images until no ReLU hangs on a rounding. */
async function drawClear(description: Description) {
  for (let attempt = 0; ; attempt++) {
    const network = buildNetwork({ ...description, seed: description.seed + attempt })
    const artifacts = await artifactsOf(network, description)
    const step = stepOf(artifacts, network)
    const reference = new Reference(step)
    const clear = reference.isClear(ROUNDINGS / 2)
    if (clear || attempt === 7) return { network, artifacts, step, reference, clear }
  }
}

const artifactsOf = (network: Network, { reduction, optimizer }: Description): Promise<TrainingArtifacts> =>
  generateArtifacts(network.graph, {
    requiresGrad: network.requiresGrad,
    frozenParams: network.frozenParams,
    loss: { type: 'crossEntropy', reduction, logits: 'logits' },
    outputs: network.outputs,
    optimizer: sgd(
      network.requiresGrad.map((name) => ({ name, params: [name], lr: 1 })),
      optimizer === 'momentum' ? { momentum: 0.9, nesterov: true } : { weightDecay: 0.01 },
    ),
  })

function stepOf(artifacts: TrainingArtifacts, network: Network): Step {
  const training = readModel(artifacts.trainingModel)
  const { loss, statistics } = rolesOf(training, artifacts.checkpoint)
  const parameters = [...artifacts.checkpoint.parameters].map(([name, { tensor }]) => [name, tensor] as const)
  const dims = new Map(
    network.requiresGrad.map((name) => [name, artifacts.checkpoint.parameters.get(name)!.tensor.dims]),
  )
  return {
    training,
    optimizer: planOptimizer(readModel(artifacts.optimizerModel), dims).graph,
    trainable: network.requiresGrad,
    statistics,
    loss,
    outputs: network.outputs,
    feeds: { ...network.feeds, ...Object.fromEntries(parameters) },
  }
}

const constantsOf = (artifacts: TrainingArtifacts, { training }: Step): ReadonlyMap<string, Tensor> =>
  new Map(
    rolesOf(training, artifacts.checkpoint).frozen.map((name) => [
      name,
      artifacts.checkpoint.parameters.get(name)!.tensor,
    ]),
  )

/** The step of a session of this machine, in float32. */
async function trained(
  artifacts: TrainingArtifacts,
  network: Network,
  { trainable, statistics }: Step,
  target: Target,
  rates: readonly number[],
  joined: boolean,
): Promise<ReadonlyMap<string, Array64>> {
  const executionProviders = [target === 'webgpu' ? 'webgpu' : 'cpu']
  const host = await openHost({ artifacts, runtime: 'onnxruntime-node', threads: 1, target, executionProviders })
  try {
    const results = joined ? await host.updateStep(network.feeds, rates) : await host.trainStep(network.feeds)
    if (!joined) await host.optimizerStep({ learningRates: rates })
    const parameters = await host.getParameters([...trainable, ...statistics])
    const renamed = Object.entries(parameters).map(([name, tensor]) => [`${name}.out`, toArray64(tensor)] as const)
    return new Map([...Object.entries(results).map(([name, tensor]) => [name, toArray64(tensor)] as const), ...renamed])
  } finally {
    await host.release()
  }
}

/** Throws for the first result that differs by more than rounding explains. */
function compare(
  results: ReadonlyMap<string, Array64>,
  reference: Reference,
  what: string,
  roundings: number,
  least: number,
): { compared: number; vague: number } {
  let [compared, vague] = [0, 0]
  for (const [name, expected] of reference.results) {
    const actual = results.get(name)
    if (!actual) throw new Error(`${what}: ${name} is missing`)
    const size = largest(expected)
    const most = Math.max(roundings * reference.noise(name), least * size)
    const difference = distance(actual, expected)
    if (most > MOST * size) vague++
    else if (difference <= most) compared++
    else
      throw new Error(
        `${what}: ${name} is off by ${difference.toExponential(2)} of ${size.toExponential(2)}, allowed: ${most.toExponential(2)}`,
      )
  }
  return { compared, vague }
}

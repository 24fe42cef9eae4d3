import { readFileSync } from 'node:fs'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterEach, describe, expect, test } from 'vitest'
import { type RuntimeName, TrainingSession } from '../../src/training.js'
import { sharedPath } from '../support/shared.js'

/** Ten steps by Microsoft's own training build, on files of Microsoft's own tool. */
interface Golden {
  readonly lossOutput: string
  readonly runs: readonly Run[]
}
interface Run {
  readonly run: string
  readonly formula: string
  readonly trainingInputNames: readonly string[]
  readonly trainingOutputNames: readonly string[]
  readonly inputs: readonly Input[]
  readonly evalLossBefore: number
  readonly evalLossAfter: number
  readonly losses: readonly number[]
  readonly params_trainable: { readonly count: number; readonly l2: number; readonly first8: readonly number[] }
  readonly params_all: { readonly count: number; readonly l2: number }
}
interface Input {
  readonly name: string
  readonly type: string
  readonly dims: readonly number[]
}

/**
 * How far a loss may be off, relative to it, or to 0.1 where it is smaller. One of 72 is off by more than 1e-5, the last of
 * run C of conv1d: by 1.07e-5. There Microsoft's own loss is the one that rounding took away: it is off by 1.54e-5 from a
 * computation in float64 (test/interop/conv1d_float64.py), ours by 4.7e-6.
 */
const sets = [
  { set: 'mlp', tolerance: 1e-5 },
  { set: 'conv1d', tolerance: 1.2e-5 },
]
const conv1dRunC = [
  5.621136321, 1.895347714, 1.351338807, 1.233583149, 1.50921637, 0.583258864, 0.912210897, 0.883148933, 1.113693583,
  0.480771654,
]
const open: TrainingSession[] = []
afterEach(async () => {
  for (const session of open.splice(0)) await session.release()
})

describe.each(sets)("artifacts of Microsoft's tool: $set", ({ set, tolerance }) => {
  const directory = sharedPath('artifacts', set)

  test.skipIf(!directory).each([
    ['A', 'onnxruntime-node'],
    ['B', 'onnxruntime-node'],
    ['C', 'onnxruntime-node'],
    ['C', 'onnxruntime-web'],
  ] as const)('run %s gives the golden losses on %s', async (name, runtime) => {
    const golden = JSON.parse(readFileSync(`${directory}/golden.json`, 'utf8')) as Golden
    const run = golden.runs.find((candidate) => candidate.run === name)!
    const session = await start(directory!, runtime)
    expect(session.trainingInputNames).toEqual(run.trainingInputNames)
    expect(session.trainingOutputNames).toEqual(run.trainingOutputNames)
    expect([session.evalInputNames, session.evalOutputNames]).toEqual([run.trainingInputNames, [golden.lossOutput]])

    const lossOf = (results: Awaited<ReturnType<TrainingSession['runTrainStep']>>) => {
      expect(results[golden.lossOutput]).toMatchObject({ type: 'float32', dims: [], size: 1 })
      return Number(results[golden.lossOutput]!.data[0])
    }
    const before = lossOf(await session.runEvalStep(feedsOf(run, 0)))
    const losses: number[] = []
    for (const step of run.losses.keys()) {
      losses.push(lossOf(await session.runTrainStep(feedsOf(run, step))))
      await session.runOptimizerStep()
      await session.lazyResetGrad()
    }
    const after = lossOf(await session.runEvalStep(feedsOf(run, 0)))

    const errors = (expected: readonly number[]) =>
      expected.map((loss, i) => Math.abs([...losses, before, after][i]! - loss) / Math.max(loss, 0.1))
    for (const error of errors([...run.losses, run.evalLossBefore, run.evalLossAfter]))
      expect(error).toBeLessThan(tolerance)
    if (set === 'conv1d' && name === 'C') for (const error of errors(conv1dRunC)) expect(error).toBeLessThan(1e-5)

    const [trainable, all] = [await session.getContiguousParameters(), await session.getContiguousParameters(false)]
    expect([trainable.dims, all.dims]).toEqual([[run.params_trainable.count], [run.params_all.count]])
    expect(norm(trainable.data) / run.params_trainable.l2).toBeCloseTo(1, 6)
    expect(norm(all.data) / run.params_all.l2).toBeCloseTo(1, 6)
    for (const [i, value] of run.params_trainable.first8.entries()) expect(trainable.data[i]).toBeCloseTo(value, 4)
  })

  test.skipIf(!directory)('the inference model is what the loss was computed from', async () => {
    const golden = JSON.parse(readFileSync(`${directory}/golden.json`, 'utf8')) as Golden
    const run = golden.runs[0]!
    const session = await start(directory!)
    const inference = await InferenceSession.create(await session.exportInferenceModel())
    const [input, labels] = run.inputs.map(({ name }) => feedsOf(run, 0)[name]!)
    expect(inference.inputNames).toEqual([run.inputs[0]!.name])
    const feed = new Tensor('float32', input!.data as Float32Array, input!.dims)
    const results = await inference.run({ [inference.inputNames[0]!]: feed })
    const scores = results[inference.outputNames[0]!]!
    const loss = crossEntropy(scores.data as Float32Array, scores.dims, [...labels!.data].map(Number))
    expect(loss / run.evalLossBefore).toBeCloseTo(1, 5)
    await inference.release()
  })
})

/** The mean of -log softmax(scores)[label]. */
function crossEntropy(scores: Float32Array, dims: readonly number[], labels: readonly number[]): number {
  const classes = dims[1]!
  const losses = labels.map((label, row) => {
    const values = Array.from(scores.subarray(row * classes, (row + 1) * classes))
    return Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0)) - values[label]!
  })
  return losses.reduce((sum, value) => sum + value, 0) / labels.length
}

async function start(directory: string, runtime?: RuntimeName): Promise<TrainingSession> {
  const session = await TrainingSession.create(
    {
      checkpointState: `${directory}/checkpoint`,
      trainModel: `${directory}/training_model.onnx`,
      evalModel: `${directory}/eval_model.onnx`,
      optimizerModel: `${directory}/optimizer_model.onnx`,
    },
    { intraOpNumThreads: 1, runtime },
  )
  open.push(session)
  return session
}

/** The inputs of a step, by the formulas that the golden file gives. */
function feedsOf({ inputs, formula }: Run, step: number) {
  const s = formula === 'mod101_step' ? step : 0
  return Object.fromEntries(
    inputs.map(({ name, type, dims }) => {
      const length = dims.reduce((product, dim) => product * dim, 1)
      if (type === 'int32') return [name, { type, dims, data: Int32Array.from({ length }, (_, i) => (i + s) % 10) }]
      if (type === 'int64')
        return [name, { type, dims, data: BigInt64Array.from({ length }, (_, i) => BigInt((i + s) % 2)) }]
      const scale = name === 'input' ? 2 ** -16 : 1
      const wave =
        formula === 'sin' ? (i: number) => Math.sin(0.1 * i) : (i: number) => (((i + 1009 * s) * 37) % 101) / 50 - 1
      return [name, { type, dims, data: Float32Array.from({ length }, (_, i) => wave(i) * scale) }]
    }),
  )
}

const norm = (data: Float32Array): number => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0))

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { loadArtifacts } from '../../src/artifacts/loadArtifacts.js'
import { readCheckpoint } from '../../src/artifacts/readCheckpoint.js'
import { writeCheckpoint } from '../../src/artifacts/writeCheckpoint.js'
import type { CheckpointState } from '../../src/contract/CheckpointState.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { batch, parameters, smallNet, statistics } from '../session/support/smallNet.js'
import { officialFeeds, officialTraining } from './officialTraining.js'

const first = (tensor: { readonly data: ArrayLike<unknown> } | undefined): number => Number(tensor!.data[0])

describe("Microsoft's training build and our session agree on artifacts of ours, and it goes on from our checkpoint", () => {
  test.each([
    ['adamW', 'with batch norm', 1e-4],
    ['adamW', 'without', 1e-5],
    ['sgd', 'without', 1e-5],
  ] as const)('%s, a network %s', async (optimizer, which, tolerance) => {
    const batchNorm = which === 'with batch norm'
    const requiresGrad = parameters.filter((name) => batchNorm || !name.startsWith('bn'))
    const artifacts = await generateArtifacts(smallNet(batchNorm), {
      requiresGrad,
      loss: { type: 'crossEntropy', reduction: 'mean' },
      outputs: ['logits'],
      optimizer,
    })
    const files = {
      trainModel: artifacts.trainingModel,
      evalModel: artifacts.evalModel,
      optimizerModel: artifacts.optimizerModel,
    }
    let theirs = await officialTraining({ ...files, checkpointState: writeCheckpoint(artifacts.checkpoint) })
    const ours = await TrainingEngine.create({ artifacts, threads: 1 })
    expect(theirs.trainingInputNames).toEqual(['input', 'labels'])
    expect(theirs.trainingOutputNames.slice(0, 2)).toEqual([ours.loss, 'logits'])
    if (batchNorm) expect(theirs.trainingOutputNames.slice(2)).toEqual(statistics.map((name) => `${name}.out`))
    for (let step = 0; step < 10; step++) {
      if (step === 5) {
        await theirs.release()
        theirs = await officialTraining({ ...files, checkpointState: writeCheckpoint(await ours.getCheckpoint()) })
      }
      const feeds = batch(step % 3)
      const [expected, actual] = [await theirs.runTrainStep(await officialFeeds(feeds)), await ours.trainStep(feeds)]
      expect(Math.abs(first(actual[ours.loss]) / first(expected[ours.loss]) - 1)).toBeLessThan(tolerance)
      await theirs.runOptimizerStep()
      await theirs.lazyResetGrad()
      await ours.optimizerStep()
    }
    await Promise.all([theirs.release(), ours.release()])
  })
})

const shared = process.env.ONNX_FINETUNE_SHARED ?? '../shared'

describe.each(['mlp', 'conv1d'])("artifacts of Microsoft's tool: %s", (name) => {
  const file = (of: string) => new Uint8Array(readFileSync(`${shared}/artifacts/${name}/${of}`))
  const there = existsSync(`${shared}/artifacts/${name}/checkpoint`)

  test.skipIf(!there)('its checkpoint survives reading and writing', async () => {
    const checkpoint = readCheckpoint(file('checkpoint'))
    expect(checkpoint.parameters.size).toBeGreaterThan(3)
    const copy = writeCheckpoint(checkpoint)
    expect(digest(readCheckpoint(copy))).toEqual(digest(checkpoint))
    const files = {
      trainModel: file('training_model.onnx'),
      evalModel: file('eval_model.onnx'),
      optimizerModel: file('optimizer_model.onnx'),
    }
    const parametersOf = async (checkpointState: Uint8Array) => {
      const session = await officialTraining({ ...files, checkpointState })
      const { data } = await session.getContiguousParameters(false)
      await session.release()
      return sha256(data)
    }
    expect(await parametersOf(copy)).toBe(await parametersOf(file('checkpoint')))
  })

  test.skipIf(!there)('our session gives the losses of theirs', async () => {
    const golden = JSON.parse(readFileSync(`${shared}/artifacts/${name}/golden.json`, 'utf8')) as Golden
    const session = await TrainingEngine.create({
      artifacts: await loadArtifacts(`${shared}/artifacts/${name}`),
      threads: 1,
    })
    const run = golden.runs[0]!
    const theirs = await officialTraining({
      checkpointState: file('checkpoint'),
      trainModel: file('training_model.onnx'),
      evalModel: file('eval_model.onnx'),
      optimizerModel: file('optimizer_model.onnx'),
    })
    const feeds = Object.fromEntries(run.inputs.map((input) => [input.name, wave(input)]))
    for (let step = 0; step < 5; step++) {
      const [expected, actual] = [await theirs.runTrainStep(await officialFeeds(feeds)), await session.trainStep(feeds)]
      const reference = first(expected[golden.lossOutput])
      expect(Math.abs(first(actual[session.loss]) - reference)).toBeLessThan(1e-4 * Math.max(reference, 0.1))
      await theirs.runOptimizerStep()
      await theirs.lazyResetGrad()
      await session.optimizerStep()
    }
    await Promise.all([theirs.release(), session.release()])
  })
})

const sha256 = (data: Tensor['data']) =>
  createHash('sha256')
    .update(data as Uint8Array)
    .digest('hex')
const digest = ({ parameters: all }: CheckpointState) =>
  [...all].map(([name, { tensor, requiresGrad }]) => [
    name,
    tensor.type,
    tensor.dims,
    requiresGrad,
    sha256(tensor.data),
  ])

interface Golden {
  readonly lossOutput: string
  readonly runs: readonly { readonly inputs: readonly Input[] }[]
}
interface Input {
  readonly name: string
  readonly type: string
  readonly dims: readonly number[]
}

/** Small inputs of a fixed pattern; the labels count up. */
function wave({ name, type, dims }: Input): Tensor {
  const size = dims.reduce((product, dim) => product * dim, 1)
  if (type === 'float32') {
    const scale = name === 'input' ? 2 ** -16 : 1
    return { type, dims, data: Float32Array.from({ length: size }, (_, i) => (((i * 37) % 101) / 50 - 1) * scale) }
  }
  if (type === 'int32') return { type, dims, data: Int32Array.from({ length: size }, (_, i) => i % 10) }
  return { type: 'int64', dims, data: BigInt64Array.from({ length: size }, (_, i) => BigInt(i % 2)) }
}

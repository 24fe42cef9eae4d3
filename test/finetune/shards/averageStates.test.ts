import { describe, expect, test } from 'vitest'
import type { OptimizerGroupState } from '../../../src/contract/CheckpointState.js'
import { averageStates } from '../../../src/finetune/shards/averageStates.js'
import { changePieces, type RoundState, readState, statePieces } from '../../../src/finetune/shards/roundState.js'
import { float32, type Tensor } from '../../../src/onnx/graph/tensor.js'
import { openStore } from '../../../src/platform/node/fileStore.js'
import { seededRandom } from '../../../src/random.js'
import { directoryOf } from '../../data/support.js'

/** More than are averaged at a time. */
const LARGE = 2 ** 18 + 10

function stateOf(seed: number, step: number, scale = 1): RoundState {
  const random = seededRandom('state', seed)
  const values = (size: number) =>
    float32(
      Float32Array.from({ length: size }, () => scale * random.normal()),
      [size],
    )
  const states = new Map([['fc.weight', new Map<string, Tensor>([['momentum0', values(7)]])]])
  const optimizer: OptimizerGroupState[] = [{ name: 'all', step, learningRate: 0.1, states }]
  return { weights: { 'conv.weight': values(LARGE), 'fc.weight': values(7), 'bn.running_mean': values(3) }, optimizer }
}

const tensorsOf = ({ weights, optimizer }: RoundState) => ({
  ...weights,
  momentum: optimizer[0]!.states.get('fc.weight')!.get('momentum0')!,
})

async function average(pieces: readonly Uint8Array[][], images: readonly number[]) {
  const store = openStore(await directoryOf({}))
  await store.write('common', statePieces(stateOf(0, 3)))
  for (const [i, state] of pieces.entries()) await store.write(`shard-${i}`, state)
  const reached = images.map((count, i) => ({ file: `shard-${i}`, images: count }))
  await averageStates(store, 'common', reached, 'average')
  const file = await store.open('average')
  return readState(file!).finally(() => file!.close())
}

/** The weighted mean of every element, in float64 from the first state to the last. */
function meanOf(states: readonly RoundState[], images: readonly number[]): Record<string, Float32Array> {
  const all = images.reduce((sum, count) => sum + count, 0)
  const each = states.map((state) => tensorsOf(state) as Record<string, Tensor<'float32'>>)
  return Object.fromEntries(
    Object.entries(each[0]!).map(([name, { data }]) => [
      name,
      data.map((_, at) => each.reduce((sum, tensors, i) => sum + (images[i]! / all) * tensors[name]!.data[at]!, 0)),
    ]),
  )
}

/** Fails unless both have the same bytes. (To compare large arrays element by element takes seconds.) */
function expectSame(actual: Tensor['data'], expected: Tensor['data']): void {
  const [one, other] = [actual, expected].map((data) => Buffer.from((data as Float32Array).buffer))
  expect(one!.equals(other!)).toBe(true)
}

describe('the average of states', () => {
  const states = [1, 2, 3].map((seed) => stateOf(seed, 3 + seed))

  test('is weighted by images, and has the steps of the shard with most', async () => {
    const images = [8, 5, 3]
    const found = await average(states.map(statePieces), images)
    const expected = meanOf(states, images)
    for (const [name, { data }] of Object.entries(tensorsOf(found))) expectSame(data, expected[name]!)
    expect(found.optimizer[0]).toMatchObject({ name: 'all', step: 6, learningRate: 0.1 })
  })

  test('of one state is that state', async () => {
    const found = await average([statePieces(states[0]!)], [4])
    const expected = tensorsOf(states[0]!) as Record<string, Tensor>
    for (const [name, { data }] of Object.entries(tensorsOf(found))) expectSame(data, expected[name]!.data)
  })

  test('in float16 differs by a small part of the changes of weights alone', async () => {
    const common = stateOf(0, 3)
    // Changes that float16 itself would lose beside weights of about 1.
    const moved = [1, 2, 3].map((seed): RoundState => {
      const change = stateOf(seed, 4, 1e-6).weights['conv.weight'] as Tensor<'float32'>
      const { data, dims } = common.weights['conv.weight'] as Tensor<'float32'>
      const after = float32(
        data.map((value, i) => value + change.data[i]!),
        dims,
      )
      return { ...stateOf(seed, 4), weights: { ...stateOf(seed, 4).weights, 'conv.weight': after } }
    })
    const halves = moved.map((state) => changePieces(state, common, ['conv.weight']))
    const found = tensorsOf(await average(halves, [1, 1, 1])) as Record<string, Tensor<'float32'>>
    const { 'conv.weight': weights, ...others } = meanOf(moved, [1, 1, 1])
    const before = (common.weights['conv.weight'] as Tensor<'float32'>).data
    const largest = weights!.reduce((most, value, i) => Math.max(most, Math.abs(value - before[i]!)), 0)
    const error = weights!.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - found['conv.weight']!.data[i]!)),
      0,
    )
    // 2^-11 of the largest change, and the rounding of weights to float32.
    expect(error).toBeLessThan(2e-3 * largest + 2 ** -22)
    for (const [name, data] of Object.entries(others)) expectSame(found[name]!.data, data)
    const size = (pieces: readonly Uint8Array[]) => pieces.reduce((sum, { length }) => sum + length, 0)
    expect(size(halves[0]!)).toBeLessThan(0.51 * size(statePieces(moved[0]!)))
  })

  test('of a file that is missing is an error that names it', async () => {
    await expect(average([statePieces(states[0]!)], [4, 4])).rejects.toMatchObject({
      code: 'train/bad-run-files',
      message: expect.stringContaining('shard-1'),
    })
  })
})

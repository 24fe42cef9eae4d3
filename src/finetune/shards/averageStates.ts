import { sizeOf } from '../../onnx/graph/tensor.js'
import type { FileStore, StoredFile } from '../../platform/contract.js'
import { type OpenSafetensors, openSafetensors } from '../../weights/openSafetensors.js'
import { safetensorsHeader } from '../../weights/writeSafetensors.js'
import { plainGroupsSchema } from '../checkpoint/optimizerTensors.js'
import { finetuneError } from '../errors.js'
import { changesFrom, OPTIMIZER, SCALES } from './roundState.js'

/** The state that a shard has reached, and the number of images that it has seen on its way. */
export interface ReachedState {
  readonly file: string
  readonly images: number
}

/** The number of elements that are averaged at a time: memory depends neither on the number of shards nor on the network. */
const PART = 2 ** 18

/**
 * Averages the states of shards, weighted by their images, into a file. The sum is in float64, in the order of the list,
 * so the result is the same wherever it is computed.
 *
 * @param common the file of the state from which the shards set out
 * @throws FineTuneError 'train/bad-run-files'
 */
export async function averageStates(
  store: FileStore,
  common: string,
  reached: readonly ReachedState[],
  output: string,
): Promise<void> {
  const files: StoredFile[] = []
  const open = async (name: string): Promise<OpenSafetensors> => {
    const file = await store.open(name)
    if (!file)
      throw finetuneError('train/bad-run-files', { file: store.locate(name), problem: 'there is no such file' })
    files.push(file)
    return openSafetensors(file)
  }
  try {
    const base = await open(common)
    const states: OpenSafetensors[] = []
    for (const { file } of reached) states.push(await open(file))
    await store.write(output, averagePieces(base, states, sharesOf(reached)))
  } finally {
    await Promise.all(files.map((file) => file.close()))
  }
}

function sharesOf(reached: readonly ReachedState[]): readonly number[] {
  const all = reached.reduce((sum, { images }) => sum + images, 0)
  return reached.map(({ images }) => images / all)
}

async function* averagePieces(
  base: OpenSafetensors,
  states: readonly OpenSafetensors[],
  shares: readonly number[],
): AsyncGenerator<Uint8Array, void> {
  const names = [...states[0]!.placed.keys()].sort()
  const sizes = new Map(names.map((name) => [name, states[0]!.placed.get(name)!.shape]))
  const entries = names.map((name) => ({
    name,
    dtype: 'F32',
    dims: sizes.get(name)!,
    bytes: 4 * sizeOf(sizes.get(name)!),
  }))
  yield safetensorsHeader(entries, new Map([[OPTIMIZER, groupsOf(states)]]))
  const scales = states.map(({ metadata }) => JSON.parse(metadata.get(SCALES) ?? '{}') as Record<string, number>)
  for (const name of names) {
    const size = sizeOf(sizes.get(name)!)
    for (let begin = 0; begin < size; begin += PART) {
      const end = Math.min(begin + PART, size)
      const sum = new Float64Array(end - begin)
      for (const [i, state] of states.entries()) {
        const scale = scales[i]![name]
        const values = await state.values(name, begin, end)
        add(sum, scale === undefined ? (values as Float32Array) : changesFrom(values as Uint16Array, scale), shares[i]!)
      }
      // Changes are from the common state.
      if (scales[0]![name] !== undefined) add(sum, (await base.values(name, begin, end)) as Float32Array, 1)
      yield new Uint8Array(Float32Array.from(sum).buffer)
    }
  }
}

function add(sum: Float64Array, values: Float32Array | Float64Array, share: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + share * values[i]!
}

/** Returns the groups of the optimizer after a round: those of the shard with most steps. */
function groupsOf(states: readonly OpenSafetensors[]): string {
  const stepsOf = (groups: string) => plainGroupsSchema.parse(JSON.parse(groups))[0]?.step ?? 0
  const all = states.map(({ metadata }) => metadata.get(OPTIMIZER) ?? '[]')
  return all.reduce((most, groups) => (stepsOf(groups) > stepsOf(most) ? groups : most))
}

import * as z from 'zod'
import { checkArgument, isWhole, type Kind } from '../arguments.js'
import { tensorKind } from '../onnx/graph/kinds.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { TimeSlicer } from '../TimeSlicer.js'
import { type Distance, distances, METRICS } from './distances.js'
import { Nearest, type Neighbour } from './Nearest.js'

export interface NeighbourOptions {
  /** The distance: `'cosine'`, 1 - cosine of the angle, from 0 to 2; or `'euclidean'`. @default 'cosine' */
  readonly metric?: (typeof METRICS)[number] | undefined
  readonly signal?: AbortSignal | undefined
}

const schema = z.strictObject({
  metric: z.enum(METRICS).default('cosine'),
  signal: z.instanceof(AbortSignal).optional(),
})

/** The numbers of queries and of rows of the index that are compared at a time: they fit into a processor's cache. */
const [QUERIES, ROWS] = [8, 64]

/**
 * Finds the `k` nearest rows of an index for each query, by comparing all of them (exact): the nearest first, of equally
 * near ones the first. Other work of the thread has its turn every few milliseconds. scikit-learn: `NearestNeighbors`.
 *
 * @param index float32 [n, size], such as the vectors of `embed`
 * @param queries float32 [m, size]
 * @param k from 1 to n
 * @returns the neighbours of each query
 * @throws FineTuneError 'options/invalid', the signal's reason
 */
export async function nearestNeighbours(
  index: Tensor<'float32'>,
  queries: Tensor<'float32'>,
  k: number,
  options: NeighbourOptions = {},
): Promise<Neighbour[][]> {
  checkArgument('nearestNeighbours: index', index, vectorsKind)
  checkArgument('nearestNeighbours: queries', queries, vectorsLike(index))
  checkArgument('nearestNeighbours: k', k, {
    expected: `a whole number from 1 to ${index.dims[0]}`,
    is: (value) => isWhole(value, 1) && value <= index.dims[0]!,
  })
  const { metric, signal } = checkOptions(schema, options, 'nearestNeighbours')
  return search(queries.dims[0]!, index.dims[0]!, k, distances[metric](queries, index), signal)
}

/** Compares every query with every row of the index, block by block. */
async function search(
  queries: number,
  rows: number,
  k: number,
  distance: Distance,
  signal: AbortSignal | undefined,
): Promise<Neighbour[][]> {
  const slices = new TimeSlicer()
  const nearest = Array.from({ length: queries }, () => new Nearest(k))
  for (let first = 0; first < queries; first += QUERIES)
    for (let from = 0; from < rows; from += ROWS) {
      await slices.next()
      signal?.throwIfAborted()
      const [last, to] = [Math.min(first + QUERIES, queries), Math.min(from + ROWS, rows)]
      for (let query = first; query < last; query++)
        for (let row = from; row < to; row++) nearest[query]!.offer(row, distance(query, row))
    }
  return nearest.map(({ found }) => found)
}

const isVectors = (value: unknown): boolean => {
  if (!tensorKind.is(value)) return false
  const { type, dims, data } = value as Tensor
  return type === 'float32' && dims.length === 2 && data.length > 0 && (data as Float32Array).every(Number.isFinite)
}

export const vectorsKind: Kind = {
  expected: 'a float32 tensor [n, size] of finite numbers, with at least one row',
  is: isVectors,
}

export const vectorsLike = ({ dims: [, size] }: Tensor): Kind => ({
  expected: `a float32 tensor [n, ${size}] of finite numbers, with at least one row`,
  is: (value) => isVectors(value) && (value as Tensor).dims[1] === size,
})

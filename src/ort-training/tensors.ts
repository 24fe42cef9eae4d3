import { checkArgument, checkOptional, isObject, type Kind } from '../arguments.js'
import { baseError } from '../errors.js'
import { type DataType, sizeOf, type Tensor } from '../onnx/graph/tensor.js'
import { badFeed } from '../session/protocol/checkTensors.js'

/** An input of a step: an `ort.Tensor`, or any object like it. */
export interface Feed {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: unknown
}
export type Feeds = Readonly<Record<string, Feed>>

/** An output of a step, a plain object with the fields of an `ort.Tensor`; `size` is the number of elements. */
export interface OrtTensor<T extends DataType = DataType> extends Tensor<T> {
  readonly size: number
}

/**
 * The outputs of a step to return: names, or tensors by name that are filled and returned; `null` asks for a new one.
 */
export type Fetches = readonly string[] | Readonly<Record<string, Feed | null>>

/** The options of one step. The official ones (`tag`, `logSeverityLevel`, ...) are accepted and have no effect. */
export interface RunOptions {
  /**
   * True to transfer the memory of the feeds instead of copying it; the tensors are empty afterwards.
   * @default false
   */
  readonly transfer?: boolean | undefined
  readonly [official: string]: unknown
}

/**
 * Converts feeds for the engine. An `ort.Tensor` keeps its data behind a getter, which cannot be sent to another
 * thread.
 *
 * @throws FineTuneError 'session/bad-feed'
 */
export function toTensors(feeds: Feeds): Record<string, Tensor> {
  checkArgument('feeds', feeds, feedsKind)
  const entries = Object.entries(feeds).map(([name, feed]) => {
    if (typeof feed !== 'object' || feed === null) throw badFeed(name, typeof feed, 'a tensor { type, dims, data }')
    return [name, { type: feed.type, dims: feed.dims, data: feed.data }] as const
  })
  return Object.fromEntries(entries) as Record<string, Tensor>
}

/** Tells whether a value is a tensor. An ort.Tensor has its fields behind getters. */
const isReadable = (feed: unknown): boolean => {
  const { type, dims, data } = (feed ?? {}) as Partial<Feed>
  return [type, dims, data].length > 0
}
const feedsKind: Kind = {
  expected: 'an object of tensors { type, dims, data } by name',
  is: (value) => isObject(value) && Object.values(value).every(isReadable),
}

const readableKind: Kind = {
  expected: 'an object that can be read, or null',
  is: (value) => value === null || (typeof value === 'object' && Object.entries(value).length >= 0),
}

/** Tells the second and third argument of a step apart: fetches and options, or options alone. */
export function fetchesAndOptions(
  outputs: readonly string[],
  second: Fetches | RunOptions | undefined,
  third: RunOptions | undefined,
): [Fetches, RunOptions] {
  checkOptional('fetches', second, readableKind)
  checkOptional('options', third, readableKind)
  const isFetches = isNames(second) || outputs.some((name) => second?.[name] !== undefined)
  return isFetches ? [second as Fetches, third ?? {}] : [outputs, (second as RunOptions | undefined) ?? {}]
}

/**
 * Selects the requested outputs.
 *
 * @throws FineTuneError 'options/invalid' for an unknown name, and for a tensor that cannot hold the output
 */
export function pickOutputs(results: Readonly<Record<string, Tensor>>, fetches: Fetches): Record<string, OrtTensor> {
  const wanted: [string, Feed | null][] = isNames(fetches)
    ? fetches.map((name) => [name, null])
    : Object.entries(fetches)
  return Object.fromEntries(wanted.map(([name, into]) => [name, fill(name, results, into)]))
}

/** Checks names of outputs. @throws FineTuneError 'options/invalid' for a name that no output has */
export function checkNames(names: readonly string[], outputs: readonly string[], option: string): void {
  const unknown = names.find((name) => !outputs.includes(name))
  if (unknown !== undefined)
    throw baseError('options/invalid', { option, received: unknown, expected: `among ${outputs.join(', ')}` })
}

export const namesOfFetches = (fetches: Fetches): readonly string[] =>
  isNames(fetches) ? fetches : Object.keys(fetches)

const isNames = (fetches: Fetches | RunOptions | undefined): fetches is readonly string[] => Array.isArray(fetches)

function fill(name: string, results: Readonly<Record<string, Tensor>>, into: Feed | null): OrtTensor {
  const result = toOrt(results[name]!)
  if (!into) return result
  const target = into.data as Float32Array
  if (into.type !== result.type || target?.length !== result.size) {
    const expected = `a tensor of ${result.size} elements of ${result.type}`
    throw baseError('options/invalid', { option: `fetches: ${name}`, received: into.type, expected })
  }
  target.set(result.data as Float32Array)
  return into as OrtTensor
}

export const toOrt = <T extends DataType>({ type, dims, data }: Tensor<T>): OrtTensor<T> => ({
  type,
  dims,
  data,
  size: sizeOf(dims),
})

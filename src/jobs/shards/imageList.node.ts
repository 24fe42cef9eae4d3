import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import * as z from 'zod'
import { isRemote } from '../../data/dataset/dataset.js'
import { jobError } from '../errors.js'

/** The number of lines of a list, and what identifies it. */
export interface ListFacts {
  readonly lines: number
  readonly sha256: string
}

/** The schema of a part of a list: whole lines, from byte `begin` up to byte `end`. */
export const rangeSchema = z.strictObject({
  begin: z.int().min(0),
  end: z.int().min(0),
  /** The number of its first line, from 1, and the number of its lines. */
  line: z.int().min(1),
  lines: z.int().min(0),
})
export type ListRange = z.output<typeof rangeSchema>

const NEWLINE = 10
const PIECE = 2 ** 20

/** Counts the lines of a file of any length. @throws FineTuneError 'jobs/bad-list' */
export async function readListFacts(file: string): Promise<ListFacts> {
  const hash = createHash('sha256')
  let [lines, last] = [0, NEWLINE]
  for await (const piece of piecesOf(file)) {
    hash.update(piece)
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) lines++
    last = piece.at(-1) ?? last
  }
  if (last !== NEWLINE) lines++
  if (lines === 0) throw jobError('jobs/bad-list', { file, problem: 'it lists no image' })
  return { lines, sha256: hash.digest('hex') }
}

/** Returns the number of lines before a shard. @param shard from 0; the number of shards for all lines */
export const linesBefore = (shard: number, lines: number, shards: number): number =>
  Math.floor((lines * shard) / shards)

/**
 * Divides a list into shards of equal numbers of lines, but for one. It reads the file as they are asked for, so that
 * memory does not grow with its length.
 */
export async function* shardsOf(file: string, lines: number, shards: number): AsyncGenerator<ListRange, void> {
  const endOf = (shard: number) => linesBefore(shard + 1, lines, shards)
  let [shard, line, at, begin, first] = [0, 0, 0, 0, 0]
  const take = (end: number): ListRange => {
    const range = { begin, end, line: first + 1, lines: line - first }
    ;[begin, first, shard] = [end, line, shard + 1]
    return range
  }
  for await (const piece of piecesOf(file)) {
    for (let found = piece.indexOf(NEWLINE); found >= 0; found = piece.indexOf(NEWLINE, found + 1))
      if (++line === endOf(shard) && shard < shards - 1) yield take(at + found + 1)
    at += piece.length
  }
  line = lines
  if (shard < shards) yield take(at)
}

/**
 * Reads the images of a part of a list. A line is a path or a URL, or an object with `source`, as in a manifest in JSON
 * Lines. Paths are relative to the list. Empty lines are passed over.
 *
 * @throws FineTuneError 'jobs/bad-list', which names the line
 */
export async function readRange(file: string, { begin, end, line }: ListRange): Promise<ListedImage[]> {
  const text = await textOf(file, begin, end)
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .flatMap((written, i) => {
      const source = sourceIn(written.trim(), file, line + i)
      return source === undefined ? [] : [{ source, place: placeOf(source, file) }]
    })
}

/** An image of a list: its name there, and the path or URL to read it from. */
export interface ListedImage {
  readonly source: string
  readonly place: string
}

const placeOf = (source: string, list: string): string => (isRemote(source) ? source : resolve(dirname(list), source))

function sourceIn(written: string, file: string, line: number): string | undefined {
  if (!written.startsWith('{')) return written || undefined
  let value: { source?: unknown }
  try {
    value = JSON.parse(written)
  } catch (cause) {
    throw jobError('jobs/bad-list', { file, line, problem: 'it begins as JSON, but is none' }, { cause })
  }
  if (typeof value.source === 'string' && value.source !== '') return value.source
  throw jobError('jobs/bad-list', { file, line, problem: 'source must be a text that is not empty' })
}

async function textOf(file: string, begin: number, end: number): Promise<string> {
  const handle = await open(file).catch((cause) => unreadable(file, cause))
  try {
    const bytes = new Uint8Array(end - begin)
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, begin + filled)
      if (bytesRead === 0) throw jobError('jobs/bad-list', { file, problem: 'it is shorter than it was' })
      filled += bytesRead
    }
    return new TextDecoder().decode(bytes)
  } finally {
    await handle.close()
  }
}

async function* piecesOf(file: string): AsyncGenerator<Buffer, void> {
  try {
    yield* createReadStream(file, { highWaterMark: PIECE })
  } catch (cause) {
    unreadable(file, cause as Error)
  }
}

function unreadable(file: string, cause: Error): never {
  throw jobError('jobs/bad-list', { file, problem: cause.message }, { cause })
}

import * as z from 'zod'
import { isFineTuneError } from '../../errors.js'
import { digest } from '../../io/download/digest.js'
import type { StoredFile } from '../../platform/contract.js'
import { headerLength, type Placed, readHeader } from '../../weights/readSafetensors.js'
import { safetensorsHeader } from '../../weights/writeSafetensors.js'
import { CHUNK_BYTES, FeatureColumn } from './FeatureColumn.js'

const PIECE_BYTES = 2 ** 24

/** The version of the files: one with another number is not read. */
const VERSION = '2'

/**
 * Writes features as a safetensors file of any size, piece by piece: a float32 tensor [samples, ...] for each column,
 * and in the metadata the division into chunks and the SHA-256 of each chunk. No buffer is longer than a chunk.
 */
export async function* featurePieces(
  columns: ReadonlyMap<string, FeatureColumn>,
  chunkBytes: number = CHUNK_BYTES,
): AsyncGenerator<Uint8Array, void> {
  const entries = [...columns].map(([name, { samples, dims, size }]) => {
    return { name, dtype: 'F32', dims: [samples, ...dims], bytes: 4 * samples * size }
  })
  const hashes: string[] = []
  for (const chunk of chunksOf(columns)) hashes.push(await digest('SHA-256', bytesOf(chunk)))
  const metadata = { version: VERSION, chunkBytes: String(chunkBytes), sha256: JSON.stringify(hashes) }
  yield safetensorsHeader(entries, new Map(Object.entries(metadata)))
  for (const chunk of chunksOf(columns)) yield bytesOf(chunk)
}

/**
 * Reads the file that `featurePieces` made. Undefined for anything else: another version, other features, a truncated
 * or modified file.
 *
 * @param expected the shape of one sample's features, by name
 */
export async function readFeatures(
  file: StoredFile,
  expected: ReadonlyMap<string, readonly number[]>,
  samples: number,
  chunkBytes: number = CHUNK_BYTES,
): Promise<ReadonlyMap<string, FeatureColumn> | undefined> {
  try {
    const length = headerLength(await file.read(0, 8), file.size)
    const { placed, metadata } = readHeader(await file.read(8, 8 + length), file.size - 8 - length)
    const hashes = z.array(z.string()).safeParse(JSON.parse(metadata.get('sha256') ?? 'null')).data
    const isOurs = metadata.get('version') === VERSION && metadata.get('chunkBytes') === String(chunkBytes)
    if (!hashes || !isOurs || !isExpected(placed, expected, samples)) return undefined
    // An object's keys that look like numbers come first, whatever the file says.
    const stored = placed.toSorted((a, b) => a.begin - b.begin)
    const columns = new Map(
      stored.map(({ name }) => [name, new FeatureColumn(samples, expected.get(name)!, chunkBytes)]),
    )
    return (await fill(columns, file, 8 + length, hashes)) ? columns : undefined
  } catch (error) {
    if (isFineTuneError(error, 'weights/malformed') || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Reads all chunks; tells whether they are complete and unmodified. */
async function fill(
  columns: ReadonlyMap<string, FeatureColumn>,
  file: StoredFile,
  begin: number,
  hashes: readonly string[],
): Promise<boolean> {
  let [at, i] = [begin, 0]
  for (const chunk of chunksOf(columns)) {
    const bytes = bytesOf(chunk)
    // In pieces, since moving a whole chunk would block the thread.
    for (let filled = 0; filled < bytes.length; ) {
      const piece = await file.read(at, at + Math.min(PIECE_BYTES, bytes.length - filled))
      if (piece.length === 0) return false
      bytes.set(piece, filled)
      filled += piece.length
      at += piece.length
    }
    if ((await digest('SHA-256', bytes)) !== hashes[i]) return false
    i++
  }
  return i === hashes.length
}

/** Lists the chunks in the order of the file. */
function* chunksOf(columns: ReadonlyMap<string, FeatureColumn>): Iterable<Float32Array<ArrayBuffer>> {
  for (const { chunks } of columns.values()) yield* chunks
}

const isExpected = (
  placed: readonly Placed[],
  expected: ReadonlyMap<string, readonly number[]>,
  samples: number,
): boolean =>
  placed.length === expected.size &&
  placed.every(
    ({ name, type, shape }) =>
      type.dtype === 'F32' && String(shape) === String([samples, ...(expected.get(name) ?? [-1])]),
  )

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer, byteOffset, byteLength)

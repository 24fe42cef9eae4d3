import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FeatureColumn } from '../../src/finetune/features/FeatureColumn.js'
import { featurePieces, readFeatures } from '../../src/finetune/features/featureFile.js'
import { openStore } from '../../src/platform/node/fileStore.js'
import { seededRandom } from '../../src/random.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'

/** Stands for the limit of a buffer. */
const CHUNK = 100
const SAMPLES = 11
const shapes = new Map([
  ['pooled', [3]],
  // A name that an object puts first.
  ['17', [2, 2, 5]],
  // More than a chunk holds.
  ['wide', [40]],
])

function column(name: string, chunkBytes = CHUNK): FeatureColumn {
  const result = new FeatureColumn(SAMPLES, shapes.get(name)!, chunkBytes)
  const source = seededRandom(name)
  for (let i = 0; i < SAMPLES; i++) result.row(i).set(result.row(i).map(() => source.next()))
  return result
}
const columns = new Map([...shapes.keys()].map((name) => [name, column(name)]))
const rowsOf = (of: FeatureColumn) => Array.from({ length: of.samples }, (_, i) => [...of.row(i)])

const lengths: number[] = []
let directory: string
let whole: Uint8Array
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'features-'))
  const counted = async function* () {
    for await (const piece of featurePieces(columns, CHUNK)) {
      lengths.push(piece.length)
      yield piece
    }
  }
  await openStore(directory).write('whole', counted())
  whole = await readFile(join(directory, 'whole'))
})
afterAll(() => rm(directory, { recursive: true }))

async function read(
  bytes: Uint8Array,
  { expected = shapes as Map<string, number[]>, samples = SAMPLES, chunk = CHUNK } = {},
) {
  await writeFile(join(directory, 'file'), bytes)
  const file = (await openStore(directory).open('file'))!
  const asked: number[] = []
  const counted = (begin: number, end: number) => {
    asked.push(end - begin)
    return file.read(begin, end)
  }
  const result = await readFeatures({ size: file.size, read: counted, close: file.close }, expected, samples, chunk)
  await file.close()
  return { result, asked }
}

describe('a file of features', () => {
  test('is written and read in pieces, none of them longer than a chunk or a sample', async () => {
    const { result, asked } = await read(whole)
    expect([...result!.keys()]).toEqual([...shapes.keys()])
    for (const [name, of] of result!) expect(rowsOf(of), name).toEqual(rowsOf(columns.get(name)!))
    const [, ...chunks] = lengths
    expect(Math.max(...chunks)).toBe(160)
    expect(chunks).toHaveLength(2 + 11 + 11)
    expect(asked.slice(2)).toEqual(chunks)
  })

  test('is a safetensors file', () => {
    const { tensors } = readSafetensors(whole)
    expect(tensors.get('17')!.dims).toEqual([SAMPLES, 2, 2, 5])
    expect([...(tensors.get('pooled')!.data as Float32Array)]).toEqual(rowsOf(columns.get('pooled')!).flat())
  })

  test('that ends early is not read, wherever it ends', async () => {
    for (const length of [0, 7, 8, 100, whole.length - 4, whole.length - 1])
      expect((await read(whole.subarray(0, length))).result, String(length)).toBeUndefined()
  })

  test('of which a byte is another is not read, whichever it is', async () => {
    for (let at = 0; at < whole.length; at += 37) {
      const bytes = whole.slice()
      bytes[at]! ^= 4
      const { result } = await read(bytes)
      // A byte of the header may stand in a blank.
      if (result)
        for (const [name, of] of result) expect(rowsOf(of), `${at}: ${name}`).toEqual(rowsOf(columns.get(name)!))
      if (at > whole.length - 2000) expect(result, String(at)).toBeUndefined()
    }
  })

  test('of another version, other chunks, other samples or other features is not read', async () => {
    const text = Buffer.from(whole).toString('latin1')
    const older = Buffer.from(text.replace('"version":"2"', '"version":"1"'), 'latin1')
    expect((await read(older)).result).toBeUndefined()
    expect((await read(whole, { chunk: CHUNK + 1 })).result).toBeUndefined()
    expect((await read(whole, { samples: SAMPLES - 1 })).result).toBeUndefined()
    expect((await read(whole, { expected: new Map([...shapes, ['more', [1]]]) })).result).toBeUndefined()
    expect((await read(whole, { expected: new Map([...shapes, ['pooled', [1, 3]]]) })).result).toBeUndefined()
  })

  test('that another program wrote is not read', async () => {
    expect((await read(new TextEncoder().encode('<html>'.repeat(50)))).result).toBeUndefined()
  })

  test('that nothing can read is a failure, not a reason to compute again', async () => {
    const file = { size: 500, read: () => Promise.reject(new Error('EIO')), close: async () => {} }
    await expect(readFeatures(file, shapes, SAMPLES)).rejects.toThrow('EIO')
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFineTuneError } from '../../src/errors.js'
import { Graph } from '../../src/onnx/graph.js'
import { inferShapes } from '../../src/onnx/inferShapes.js'
import { readModel } from '../../src/onnx/read.js'
import { writeModel } from '../../src/onnx/write.js'
import { golden, modelFile } from './golden.js'

/** `FUZZ=10000 npx vitest run test/onnx/fuzz.test.ts` looks longer. */
const numRuns = Number(process.env.FUZZ ?? 300)
const models = [
  modelFile('everything'),
  modelFile('storage'),
  modelFile('old'),
  ...golden.shapes.map(({ model }) => new Uint8Array(Buffer.from(model, 'base64'))),
]

const damage = fc.record({
  model: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 3, max: models.length - 1 })),
  flips: fc.array(fc.record({ at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) }), { maxLength: 4 }),
  cut: fc.option(fc.record({ at: fc.nat(), length: fc.nat(20), insert: fc.uint8Array({ maxLength: 8 }) })),
  end: fc.option(fc.nat(), { freq: 4 }),
})

function damaged({ model, flips, cut, end }: typeof damage extends fc.Arbitrary<infer T> ? T : never): Uint8Array {
  const bytes = models[model]!.slice(0, end === null ? undefined : end % models[model]!.length)
  for (const { at, bit } of flips) if (bytes.length > 0) bytes[at % bytes.length]! ^= 1 << bit
  if (!cut) return bytes
  const at = cut.at % (bytes.length + 1)
  return Uint8Array.from([...bytes.subarray(0, at), ...cut.insert, ...bytes.subarray(at + cut.length)])
}

const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch (error) {
    if (!isFineTuneError(error)) throw error
    expect(error.code).toMatch(/^onnx\//)
    expect(error.message.length).toBeLessThan(2000)
    return undefined
  }
}

test('a damaged file is a graph or a typed error, and its graph can be written and read again', () => {
  fc.assert(
    fc.property(damage, (how) => {
      const begin = performance.now()
      const graph = attempt(() => readModel(damaged(how)))
      if (graph === undefined) return
      expect(graph).toBeInstanceOf(Graph)
      const inferred = attempt(() => inferShapes(graph))
      readModel(writeModel(graph))
      if (inferred) readModel(writeModel(inferred))
      expect(performance.now() - begin).toBeLessThan(2000)
    }),
    { numRuns },
  )
})

test('a small file never makes large arrays', () => {
  fc.assert(
    fc.property(damage, (how) => {
      const bytes = damaged(how)
      const graph = attempt(() => readModel(bytes))
      for (const { data } of graph?.initializers.values() ?? [])
        expect('byteLength' in data ? data.byteLength : data.length).toBeLessThanOrEqual(8 * bytes.length)
    }),
    { numRuns },
  )
})

import { describe, expect, test } from 'vitest'
import { readModel } from '../../src/onnx/format/read.js'
import type { Dim, Shape } from '../../src/onnx/graph/graph.js'
import { inferShapes } from '../../src/onnx/shapes/inferShapes.js'
import { findRule, standardOperators } from '../../src/onnx/shapes/register.js'
import { golden, type ShapeCase } from './golden.js'

const infer = ({ model }: ShapeCase) => inferShapes(readModel(Buffer.from(model, 'base64')))

describe('shape inference', () => {
  test.each(golden.shapes.map((each) => [each.name, each] as const))('%s', (_, golden) => {
    for (const { name, type, shape } of infer(golden).outputs) {
      const [theirs, ran] = [golden.values[name]!, golden.ran?.shapes[name]]
      // What ONNX Runtime computes has the shape that we foretold.
      if (ran && shape) expect(shape.map((dim, i) => bound(dim, golden.ran!.sizes) ?? ran[i])).toEqual(ran)
      if (theirs.type === 'undefined') continue // the mask of an old Dropout
      expect(type).toBe(theirs.type)
      // We know what Python's onnx knows, where ONNX Runtime does not contradict it; what we know beyond, it has confirmed.
      expect(seenBy(theirs.shape, shape ?? null, ran)).toEqual(theirs.shape)
    }
  })

  test('every rule of the default domain has a case here', () => {
    const tested = new Set(golden.shapes.flatMap((each) => infer(each).nodes.map(({ opType }) => opType)))
    // These are ONNX Runtime's own: see training.test.ts and officialShapes.test.ts.
    expect(standardOperators.filter((op) => !tested.has(op))).toEqual([
      'AveragePoolGrad',
      'MaxPoolGrad',
      'SimplifiedLayerNormalization',
    ])
    expect(findRule({ opType: 'toString', domain: '' } as never)).toBeUndefined()
  })
})

const bound = (dim: Dim, sizes: Readonly<Record<string, number>>) => (typeof dim === 'string' ? sizes[dim] : dim)

/** Our shape, reduced to what Python's onnx can know of it. */
function seenBy(theirs: Shape | null, ours: Shape | null, ran: readonly number[] | undefined): Shape | null {
  if (!ran || !ours) return ours
  if (!theirs) return null
  return ours.map((dim, i) => (theirs[i] === null || (dim === ran[i] && theirs[i] !== dim) ? theirs[i]! : dim))
}

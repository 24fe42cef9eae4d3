import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type AttributeInput, GraphBuilder, type OpOptions } from '../../src/onnx/builder.js'
import { readModel } from '../../src/onnx/format/read.js'
import { MS, type Shape } from '../../src/onnx/graph/graph.js'
import type { DataType } from '../../src/onnx/graph/tensor.js'
import { inferShapes } from '../../src/onnx/shapes/inferShapes.js'
import { microsoftOperators } from '../../src/onnx/shapes/register.js'

type Value = readonly [DataType, Shape]
const f = (...shape: Shape): Value => ['float32', shape]
const h = (...shape: Shape): Value => ['float16', shape]
const i = (...shape: Shape): Value => ['int64', shape]
const flag: Value = ['bool', [1]]

/** Operator, inputs, what its outputs are, attributes. From the definitions of ONNX Runtime's training operators. */
const CASES: readonly [string, readonly Value[], readonly Value[], Record<string, AttributeInput>?][] = [
  ['BatchNormInternal', [h('N', 8, 4, 4), h(8), h(8), f(8), f(8)], [h('N', 8, 4, 4), f(8), f(8), f(8), f(8)]],
  ['BatchNormalizationGrad', [f('N', 8, 4, 4), f('N', 8, 4, 4), f(8), f(8), f(8)], [f('N', 8, 4, 4), f(8), f(8)]],
  ['BiasGelu', [f('N', 8), f(8)], [f('N', 8)]],
  ['BiasGeluGrad_dX', [f('N', 8), f('N', 8), f(8)], [f('N', 8)]],
  ['ConcatTraining', [f('N', 3), f('N', 4)], [f('N', 7)], { axis: 1 }],
  ['ConvGrad', [f('N', 5, 2, 2), f('N', 3, 4, 4), f(5, 3, 3, 3)], [f('N', 3, 4, 4), f(5, 3, 3, 3), f(5)]],
  ['DropoutGrad', [f('N', 8), ['bool', ['N', 8]]], [f('N', 8)]],
  ['FastGelu', [f('N', 8)], [f('N', 8)]],
  ['FastGeluGrad', [f('N', 8), f('N', 8)], [f('N', 8)]],
  ['FusedMatMul', [f('N', 4, 3), f(5, 4)], [f('N', 3, 5)], { transA: 1, transB: 1, alpha: 2 }],
  ['Gelu', [f('N', 8)], [f('N', 8)]],
  ['GeluGrad', [f('N', 8), f('N', 8)], [f('N', 8)]],
  ['InPlaceAccumulatorV2', [f(8, 3), f(8, 3), flag], [flag, f(8, 3)]],
  ['LayerNormalizationGrad', [f('N', 8), f('N', 8), f(8), f('N', 1), f('N', 1)], [f('N', 8), f(8), f(8)]],
  ['LogSoftmaxGrad_13', [f('N', 8), f('N', 8)], [f('N', 8)]],
  ['ReduceAllL2', [f(8, 3), f(5)], [f()]],
  ['ReluGrad', [f('N', 8), f('N', 8)], [f('N', 8)]],
  ['Scale', [f('N', 8), f()], [f('N', 8)]],
  ['SigmoidGrad', [f('N', 8), f('N', 8)], [f('N', 8)]],
  ['SoftmaxCrossEntropyLossGrad', [f(), f('N', 8), i('N')], [f('N', 8)]],
  ['SoftmaxCrossEntropyLossInternal', [f('N', 8), i('N')], [f(), f('N', 8)]],
  ['SoftmaxCrossEntropyLossInternalGrad', [f(), f('N', 8), i('N')], [f('N', 8)]],
  ['SoftmaxGrad_13', [f('N', 8), f('N', 8)], [f('N', 8)]],
  ['SplitTraining', [f('N', 7), i(2)], [f('N', null), f('N', null)], { axis: 1 }],
  ['TanhGrad', [f('N', 8), f('N', 8)], [f('N', 8)]],
]

function infer(
  op: string,
  inputs: readonly Value[],
  count: number,
  attributes: Record<string, AttributeInput>,
  options: OpOptions = { domain: MS },
) {
  const g = new GraphBuilder()
  const names = inputs.map(([type, shape], n) => g.input(`x${n}`, type, shape))
  const outputs = g.ops(op, names, attributes, { ...options, outputs: count })
  const { values } = inferShapes(g.graph)
  return outputs.map((name) => [values.get(name)!.type, values.get(name)!.shape])
}

describe('shape inference of training operators', () => {
  test.each(CASES)('%s', (op, inputs, outputs, attributes = {}) => {
    expect(infer(op, inputs, outputs.length, attributes)).toEqual(outputs)
  })

  test('AveragePoolGrad, of the default domain, does not say how large its input was, but how many samples it had', () => {
    const pool = (declared: Shape | undefined) => {
      const g = new GraphBuilder()
      g.input('dy', 'float32', [4, 3, 2, 2])
      g.op('AveragePoolGrad', ['dy'], { kernel_shape: [2, 2] }, { outputs: ['dx'] })
      if (declared) g.graph.values.set('dx', { name: 'dx', type: 'float32', shape: declared })
      return inferShapes(g.graph).values.get('dx')
    }
    expect(pool(undefined)).toEqual({ name: 'dx', type: 'float32', shape: [4, 3, null, null] })
    expect(pool(['N', 3, 5, 4])).toEqual({ name: 'dx', type: 'float32', shape: [4, 3, 5, 4] })
  })

  test('GatherGrad takes its shape from the elements of its input', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', ['N', 7])
    g.input('i', 'int64', [3])
    g.input('dy', 'float32', ['N', 3])
    g.op('GatherGrad', [g.op('Shape', ['x']), 'i', 'dy'], { axis: 1 }, { domain: MS, outputs: ['dx'] })
    expect(inferShapes(g.graph).values.get('dx')).toEqual({ name: 'dx', type: 'float32', shape: ['N', 7] })
  })

  test('GatherElementsGrad takes its shape from the elements of its second input', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', ['N', 7])
    g.input('i', 'int64', ['N', 3])
    g.input('dy', 'float32', ['N', 3])
    const inputs = ['dy', g.op('Shape', ['x']), 'i']
    g.op('GatherElementsGrad', inputs, { axis: 1 }, { domain: MS, outputs: ['dx'] })
    expect(inferShapes(g.graph).values.get('dx')).toEqual({ name: 'dx', type: 'float32', shape: ['N', 7] })
  })

  test('MaxPoolGrad, of the default domain, makes what the pool has read', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', ['N', 3, 7, 7])
    const [, indices] = g.ops('MaxPool', ['x'], { kernel_shape: [3, 3], strides: [2, 2] }, { outputs: ['y', 'at'] })
    g.op('MaxPoolGrad', ['y', indices], { kernel_shape: [3, 3], strides: [2, 2] }, { outputs: ['dx'] })
    const { values } = inferShapes(g.graph)
    expect(values.get('at')).toEqual({ name: 'at', type: 'int64', shape: ['N', 3, 3, 3] })
    expect(values.get('dx')).toEqual({ name: 'dx', type: 'float32', shape: ['N', 3, 7, 7] })
  })

  test('every rule of the domain com.microsoft has a case here', () => {
    const tested = new Set([...CASES.map(([op]) => op), 'GatherElementsGrad', 'GatherGrad', 'InplaceClipGradNorm'])
    expect(microsoftOperators.filter((op) => !tested.has(op))).toEqual([])
  })
})

describe('official training artifacts', () => {
  const artifacts = resolve(process.env.ONNX_FINETUNE_SHARED ?? '../shared', 'artifacts')
  const files = existsSync(artifacts)
    ? readdirSync(artifacts, { recursive: true, encoding: 'utf8' }).filter((file) => /(training|eval)_model/.test(file))
    : []
  test.skipIf(files.length === 0)('our shapes are those that their value_info declares', () => {
    for (const file of files) {
      const graph = readModel(readFileSync(join(artifacts, file)))
      const bare = graph.clone()
      bare.values.clear()
      bare.outputs = graph.outputs.map(({ name }) => ({ name }))
      const inferred = inferShapes(bare)
      for (const { name, type, shape } of [...graph.values.values(), ...graph.outputs]) {
        const ours = inferred.info(name)
        // A value_info may be of a value that is gone; symbols that stand for computed sizes have names of their own.
        if (!ours || !shape) continue
        expect([file, name, ours.type]).toEqual([file, name, type])
        expect([file, name, ours.shape]).toEqual([
          file,
          name,
          shape.map((dim, axis) => agreed(dim, ours.shape?.[axis])),
        ])
      }
    }
  })
})

const agreed = (declared: unknown, ours: unknown) =>
  typeof declared === 'number' && typeof ours === 'number' ? declared : ours

import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { CAST_TO, float32, int64 } from '../../src/onnx/graph/tensor.js'
import { checkGradients, withGradients } from '../support/checkGradients.js'
import { expectClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runStock } from '../support/stockRuntime.js'
import { feeds, graphOf, type RuleCase, trainedOf, x } from './support/ruleCase.js'
import { ruleCases } from './support/ruleCases.js'

const loss = { type: 'crossEntropy', reduction: 'mean' } as const

describe.each(Object.entries(ruleCases))('%s', (_, cases) => {
  test.each(cases)('$name: the gradient is that of finite differences, and of stock ONNX Runtime', async (rule) => {
    const forward = graphOf(rule)
    const requiresGrad = trainedOf(rule)
    const graph = await checkGradients(forward, { requiresGrad, feeds })
    const made = graph.nodes.filter(({ name }) => name.startsWith(`/${rule.opType}_Grad/`)).map(({ opType }) => opType)
    if (rule.uses) expect(made).toEqual(rule.uses)
    const [shown, all] = withGradients(graph, forward, feeds)
    const [official, stock] = [await runOfficial(shown, all), await runStock(lower(graph, { target: 'cpu' }), all)]
    for (const name of requiresGrad) expectClose(stock[`${name}_grad`], official[`${name}_grad`], 1e-5, name)
  })
})

test.each(['Softmax', 'LogSoftmax'])('%s of old operator sets is over every axis from its own on', async (opType) => {
  const rule = { name: opType, opType, inputs: [x(2, 3, 4)], attributes: { axis: 1 }, output: [2, 3, 4], opset: 12 }
  await checkGradients(graphOf(rule), { requiresGrad: ['p0'], feeds })
})

test('ties share the gradient in equal parts, as by torch.maximum and torch.amax', async () => {
  const equal = float32([1, 1, 1, 0, 2, 3, 4, 4], [4, 2])
  const reduced = { opType: 'ReduceMax', inputs: [equal, int64([1])], output: [4, 1], opset: 18 }
  const forward = graphOf({ name: 'ties', ...reduced })
  const graph = buildTrainingGraph(forward, { requiresGrad: ['p0'], loss })
  const results = await runStock(lower(graph, { target: 'cpu' }), withGradients(graph, forward, feeds)[1])
  const gradient = results.p0_grad!.data as Float32Array
  expect([...gradient].map((value) => value !== 0)).toEqual([true, true, true, false, false, true, true, true])
  expect([gradient[1], gradient[7]]).toEqual([gradient[0], gradient[6]])
})

describe('forms without a gradient are refused by name', () => {
  const factors = (...values: number[]) => float32(values, [values.length])
  const resize = (attributes: Record<string, string | number>, output: number[]) => ({
    opType: 'Resize',
    inputs: [x(2, 2, 3, 4), undefined, factors(1, 1, output[2]! / 3, output[3]! / 4)],
    attributes,
    output,
    opset: 18,
  })
  const transposed = (attributes: Record<string, string | number[]>, ...sizes: number[]) => ({
    opType: 'ConvTranspose',
    inputs: [x(2, 2, 3, 3), x(2, 2, 2, 2)],
    attributes,
    output: [2, 2, ...sizes],
  })
  test.each([
    [
      'the coordinates tf_crop_and_resize',
      resize({ mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' }, [2, 2, 6, 8]),
    ],
    ['the policy not_larger', resize({ mode: 'linear', keep_aspect_ratio_policy: 'not_larger' }, [2, 2, 6, 8])],
    [
      'batch_dims 1',
      {
        opType: 'GatherND',
        inputs: [x(2, 3), int64([0, 2], [2, 1])],
        attributes: { batch_dims: 1 },
        output: [2],
      },
    ],
    [
      'the reduction mul',
      {
        opType: 'ScatterND',
        inputs: [x(2, 3), int64([0], [1, 1]), x(1, 3)],
        attributes: { reduction: 'mul' },
        output: [2, 3],
        opset: 18,
      },
    ],
    ['auto_pad SAME_UPPER', transposed({ auto_pad: 'SAME_UPPER' }, 3, 3)],
    ['output_shape', transposed({ output_shape: [7, 7] }, 7, 7)],
    ['output_padding 1,0', transposed({ output_padding: [1, 0], dilations: [2, 2] }, 6, 5)],
    ['a diagonal in ii->i', { opType: 'Einsum', inputs: [x(4, 4)], attributes: { equation: 'ii->i' }, output: [4] }],
  ] satisfies [string, Omit<RuleCase, 'name'>][])('%s', (form, rule) => {
    const build = () => buildTrainingGraph(graphOf({ name: 'refused', ...rule }), { requiresGrad: ['p0'], loss })
    const facts = { op: rule.opType, node: `/${rule.opType}`, form }
    expect(build).toThrow(expect.objectContaining({ code: 'autodiff/unsupported-form', facts }))
  })
})

test.each(['Ceil', 'Floor', 'Round', 'Sign'])('behind %s nothing is trained', async (opType) => {
  const rule = { name: opType, opType: 'Add', inputs: [x(2, 4), x(4)], output: [2, 4] }
  const graph = graphOf(rule)
  const [sum] = graph.nodes
  // Y = A + step(B) trains A alone; with B in it too, dB is that of the other path.
  const step = { ...sum!, name: opType, opType, inputs: ['p1'], outputs: ['step'] }
  graph.nodes.unshift(step, { ...sum!, name: 'both', inputs: ['p1', 'step'], outputs: ['stepped'] })
  sum!.inputs[1] = 'stepped'
  await checkGradients(graph, { requiresGrad: ['p0', 'p1'], feeds })
  sum!.inputs[1] = 'step'
  await checkGradients(graph, { requiresGrad: ['p0'], feeds })
  const build = () => buildTrainingGraph(graph, { requiresGrad: ['p0', 'p1'], loss })
  expect(build).toThrow(expect.objectContaining({ code: 'autodiff/unreachable' }))
})

test('padding with elements needs to be known', () => {
  const rule = { name: '', opType: 'Pad', inputs: [x(2, 3), int64([0, 1, 0, 1])], output: [2, 5] }
  const graph = graphOf({ ...rule, attributes: { mode: 'reflect' } })
  const [pad] = graph.nodes
  graph.nodes.unshift({ ...pad!, name: '', opType: 'Abs', inputs: ['p1'], outputs: ['pads'], attributes: {} })
  pad!.inputs[1] = 'pads'
  const build = () => buildTrainingGraph(graph, { requiresGrad: ['p0'], loss })
  const facts = { op: 'Pad', node: '/Pad', form: 'padding that is computed' }
  expect(build).toThrow(expect.objectContaining({ code: 'autodiff/unsupported-form', facts }))
})

test('what a network computes from sizes alone needs no gradient', () => {
  const g = new GraphBuilder()
  g.initializer('w', x(2, 3))
  const sizes = g.op('Cast', [g.op('NonZero', [g.op('Shape', ['w'])])], { to: CAST_TO.float32 })
  g.output(
    g.op('Add', ['w', g.op('ReduceSum', [sizes], { keepdims: 0 })], {}, { outputs: ['logits'] }),
    'float32',
    [2, 3],
  )
  g.graph.values.set(g.graph.nodes[1]!.outputs[0]!, {
    name: g.graph.nodes[1]!.outputs[0]!,
    type: 'int64',
    shape: [1, 2],
  })
  const { nodes } = buildTrainingGraph(g.graph, { requiresGrad: ['w'], loss })
  expect(nodes.some(({ outputs }) => outputs.includes('w_grad'))).toBe(true)
})

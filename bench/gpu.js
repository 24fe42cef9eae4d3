// A step of ResNet-18 on the webgpu target, counted and set against four cards on paper: nothing is run.
//
//   node bench/gpu.js [--mode train|layer4|head|infer] [--size 224] [--batch 32] [--launch 10]
//
// The modes are those of bench/step.js. --launch is what one dispatch costs, in microseconds: an assumption.
import { parseArgs } from 'node:util'
import { lower } from '../dist/lowering/lower.js'
import { readModel } from '../dist/onnx/format/read.js'
import { inferShapes } from '../dist/onnx/shapes/inferShapes.js'
import { withSquares } from '../dist/session/host/FiniteCheck.js'
import { planOptimizer } from '../dist/session/host/optimizerPlan.js'
import { boundOf, costsOf } from './gpuCost.js'
import { artifactsOf, modelFor } from './model.js'

/** Arithmetic in float32, FLOP/s, and memory bandwidth, B/s, as the makers' data sheets have them. */
const CARDS = [
  {
    name: 'Iris Xe, 96 units (integrated)',
    flops: 2.07e12,
    bandwidth: 60e9,
    source:
      '96 units x 16 FLOP x 1.35 GHz (Intel ARK, Core i7-1165G7: 1.3 GHz and more); DDR4-3200 to LPDDR4X-4266: 51 to 68 GB/s',
  },
  {
    name: 'RTX 4060 Laptop',
    flops: 11.6e12,
    bandwidth: 256e9,
    source: '3072 cores x 2 FLOP x 1.89 GHz; GDDR6 of 16 Gbit/s on 128 bits (NVIDIA, GeForce RTX 40 laptops)',
  },
  { name: 'H100 SXM', flops: 67e12, bandwidth: 3350e9, source: 'NVIDIA, H100 data sheet: FP32 and memory bandwidth' },
  { name: 'H200 SXM', flops: 67e12, bandwidth: 4800e9, source: 'NVIDIA, H200 data sheet: FP32 and memory bandwidth' },
]

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'train' },
    size: { type: 'string', default: '224' },
    batch: { type: 'string', default: '32' },
    launch: { type: 'string', default: '10' },
  },
})
const [size, batch, launch] = [values.size, values.batch, values.launch].map(Number)

const costs = costsOf(inferShapes(await stepGraph(values.mode)))
const total = (of) => costs.reduce((sum, cost) => sum + of(cost), 0)
console.log(`ResNet-18, ${values.mode}, ${size}x${size}, batch ${batch}, webgpu target:`)
console.log(
  `${costs.length} nodes dispatched, ${(total((c) => c.bytes) / 1e9).toFixed(2)} GB, ${(total((c) => c.flops) / 1e9).toFixed(1)} GFLOP`,
)
console.log('\noperator            nodes      GB   GFLOP')
const operators = grouped(costs)
for (const [operator, group] of [...operators].sort((a, b) => sum(b[1], 'bytes') - sum(a[1], 'bytes')))
  console.log(
    `${operator.padEnd(18)}${`${group.length}`.padStart(7)}${(sum(group, 'bytes') / 1e9).toFixed(2).padStart(8)}${(sum(group, 'flops') / 1e9).toFixed(1).padStart(8)}`,
  )
console.log(`\nat most, with ${launch} us for each dispatch (assumed):`)
console.log('card                              img/s  arithmetic  memory  launches')
for (const card of CARDS) {
  const { seconds, held } = boundOf(costs, card, launch * 1e-6)
  const share = (name, width) => `${Math.round(100 * held[name])} %`.padStart(width)
  console.log(
    `${card.name.padEnd(31)}${(batch / seconds).toFixed(0).padStart(8)}${share('arithmetic', 12)}${share('memory', 8)}${share('launches', 10)}`,
  )
}
for (const { name, flops, bandwidth, source } of CARDS)
  console.log(`${name}: ${flops / 1e12} TFLOP/s, ${bandwidth / 1e9} GB/s. ${source}`)

/** The graph of a step with its update, as a session writes it for these shapes; of the evaluation, for `infer`. */
async function stepGraph(mode) {
  const model = await modelFor(mode, ['a', 'b'], size)
  const artifacts = await artifactsOf(model)
  const { parameters } = artifacts.checkpoint
  const shapes = new Map([
    ['input', [batch, 3, size, size]],
    ['labels', [batch]],
  ])
  const tensorsOf = (names) => new Map(names.map((name) => [name, parameters.get(name).tensor]))
  if (mode === 'infer')
    return lower(readModel(artifacts.evalModel), {
      target: 'webgpu',
      shapes,
      constants: tensorsOf([...parameters.keys()]),
    })
  const trainable = model.trainable
  const dims = new Map(trainable.map((name) => [name, parameters.get(name).tensor.dims]))
  const step = lower(readModel(artifacts.trainingModel), {
    target: 'webgpu',
    shapes,
    constants: tensorsOf([...model.frozen]),
    update: planOptimizer(readModel(artifacts.optimizerModel), dims).graph,
  })
  return withSquares(step, trainable)
}

function grouped(costs) {
  const groups = new Map()
  for (const cost of costs) groups.set(cost.opType, [...(groups.get(cost.opType) ?? []), cost])
  return groups
}

function sum(group, key) {
  return group.reduce((all, cost) => all + cost[key], 0)
}

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { FineTuneEvent } from '../../src/finetune/record/events.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { reportHtml } from '../../src/report/reportHtml.js'
import { directoryOf } from '../data/support.js'
import { noWebGpu } from '../support/webgpu.js'
import { images, rejection, smallModel, tensorsOf } from './support/smallRun.js'

const train = await images(8, 0)

async function begin(more: Partial<FineTuneOptions>) {
  const model = await smallModel()
  const optimizer = sgd(paramGroups(model, { lr: 0.01 }), { momentum: 0.9 })
  const settings = { train, epochs: 1, batchSize: 4, optimizer, workers: 0, threads: 1, seed: 5 }
  return { model, run: fineTune(model, { ...settings, ...more }) }
}

async function finish(more: Partial<FineTuneOptions>) {
  const { model, run } = await begin(more)
  const events: FineTuneEvent[] = []
  for await (const event of run) events.push(event)
  return { model, run, events }
}

test('the provider that is taken is an event, in the record, in the report; resuming with another is a difference', async () => {
  const directory = join(await directoryOf({}), 'run')
  const first = await finish({ executionProviders: ['nope', 'cpu'], checkpoint: { directory } })
  const report = {
    runtime: 'onnxruntime-node',
    provider: 'cpu',
    tried: [{ provider: 'nope', problem: expect.stringContaining('nope') }],
  }
  expect(first.events[0]).toMatchObject({ type: 'runtime', ...report })
  expect(first.run.record).toMatchObject({ runtimeReport: report, settings: { executionProviders: ['nope', 'cpu'] } })
  const html = await reportHtml(first.run)
  expect(html).toContain('cpu (onnxruntime-node)')
  expect(html).toContain('nope not used')

  const again = await finish({ checkpoint: { directory }, resume: 'auto' })
  expect(again.events[0]).toMatchObject({ type: 'resumed', differences: ['providers: "cpu", now "default"'] })
  expect(again.events.map(({ type }) => type)).not.toContain('runtime')
  expect(again.run.record.runtimeReport).toMatchObject({ provider: 'cpu', tried: [] })
})

test('a list of which none works ends the run, with the reasons', async () => {
  const { run } = await begin({ executionProviders: ['nope'] })
  expect(await rejection(run)).toMatchObject({ code: 'session/no-provider', facts: { tried: [{ provider: 'nope' }] } })
})

test.skipIf(noWebGpu)('a run on WebGPU equals one on the CPU, and its model is exported', async () => {
  const gpu = await finish({ executionProviders: ['webgpu'] })
  expect(gpu.events[0]).toMatchObject({ type: 'runtime', provider: 'webgpu', tried: [] })
  const cpu = await finish({})
  const [actual, expected] = [tensorsOf(gpu.model), tensorsOf(cpu.model)]
  const largest = (data: Float32Array) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6)
  for (const [name, { data }] of Object.entries(expected)) {
    const difference = (actual[name]!.data as Float32Array).map((value, i) => value - (data as Float32Array)[i]!)
    expect(largest(difference) / largest(data as Float32Array), name).toBeLessThan(1e-2)
  }
  expect((await exportClassifier(gpu.model, undefined, { threads: 1 })).length).toBeGreaterThan(1000)
})

import { expect, test } from 'vitest'
import type { RuntimeEvent } from '../../src/finetune/record/events.js'
import { jsonLine } from '../../src/progress/jsonLine.js'
import { PlainLines } from '../../src/progress/PlainLines.js'

const event: RuntimeEvent = {
  type: 'runtime',
  runtime: 'onnxruntime-web',
  provider: 'wasm',
  target: 'wasm',
  tried: [{ provider: 'webgpu', problem: 'it computes the gradient of first.weight wrong: off by 100 %' }],
}

test('the choice of a provider is shown as lines: what was refused and why, and what computes', () => {
  const lines: string[] = []
  const view = new PlainLines(
    (text) => lines.push(text),
    () => 0,
  )
  view.show(event)
  view.show({ ...event, provider: 'webgpu', adapter: 'nvidia ampere', tried: [] })
  expect(lines).toEqual([
    'webgpu is not used: it computes the gradient of first.weight wrong: off by 100 %\n',
    'computes with wasm (onnxruntime-web)\n',
    'computes with webgpu (onnxruntime-web, nvidia ampere)\n',
  ])
})

test('as JSON it is the event itself', () => {
  expect(JSON.parse(jsonLine(event))).toEqual(event)
})

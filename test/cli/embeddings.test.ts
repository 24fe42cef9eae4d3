import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { settingsOf } from '../../src/cli/finetune/options.js'
import { readModel } from '../../src/onnx/format/read.js'
import { run } from './support.js'
import { folder, optionsOf, TINY } from './tinyTraining.js'

test('losses that compare images, their batches, and the metric of embeddings', async () => {
  const triplet = ['--loss', 'triplet', '--margin', '0.3', '--mining', 'batch-all', '--loss-weight', '0.7']
  expect(settingsOf(await optionsOf(...triplet, '--images-per-class', '4', '--metric', 'recall'))).toMatchObject({
    loss: { type: 'triplet', margin: 0.3, mining: 'batchAll', weight: 0.7 },
    sampling: { perClass: 4 },
    metric: 'recall',
  })
  expect(settingsOf(await optionsOf('--loss', 'contrastive', '--temperature', '0.2'))).toMatchObject({
    loss: { type: 'supervisedContrastive', temperature: 0.2, weight: undefined },
    sampling: undefined,
    metric: undefined,
  })
})

test('a run of embeddings exports them', async () => {
  const directory = await folder()
  const [model, save] = [join(directory, '.m.onnx'), join(directory, '.w.safetensors')]
  const argv = ['train', directory, ...TINY, '--epochs', '1', '--batch-size', '8', '--loss', 'triplet']
  const files = ['--export', model, '--embedding-output', 'normalized', '--save', save]
  const { code, stdout, stderr } = await run([...argv, '--embedding', '4', '--hidden', '6', '--keep', 'best', ...files])
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/\nepoch 1: .* recall@1 /)
  expect(stdout).toMatch(/^validation accuracy .*\nrecall@1 \d+\.\d %\n/)
  const { outputs } = readModel(await readFile(model))
  expect(outputs.at(-1)).toMatchObject({ name: 'embedding', shape: ['N', 4] })
  const again = join(directory, '.again.onnx')
  expect((await run(['export', save, '-o', again, '--embedding-output', 'plain'])).code).toBe(0)
  expect(readModel(await readFile(again)).outputs.at(-1)).toMatchObject({ name: 'embedding', shape: ['N', 4] })
})

test('--explanations shows in the report what the network looked at, and is off by its opposite', async () => {
  const directory = await folder()
  const report = join(directory, '.r.html')
  const config = join(directory, '.config.json')
  await writeFile(config, JSON.stringify({ report, explanations: true, epochs: 1, lr: 0, 'batch-size': 8 }))
  const argv = ['train', directory, ...TINY, '--config', config, '--save', join(directory, '.w.safetensors')]
  for (const [more, isThere] of [
    [[], true],
    [['--no-explanations'], false],
  ] as const) {
    const { code, stderr } = await run([...argv, ...more])
    expect(code, stderr).toBe(0)
    const page = await readFile(report, 'utf8')
    expect(page).toContain('<ul class="mistakes">')
    expect(page.includes('alt="in red, what speaks for ')).toBe(isThere)
  }
  const none = await run([...argv, '--validation-split', '0'])
  expect(none.stderr).toContain('--explanations must be with images to measure on. Received: "--validation-split 0"')
})

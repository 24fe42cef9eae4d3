import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Jimp } from 'jimp'
import { expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { surestMistakes } from '../../src/report/page/mistakes.js'
import { writeMetrics, writeReport, writeTensorBoard } from '../../src/report/writeReport.node.js'
import { tinyModel } from '../finetune/support/tinyModel.js'
import { recordOf, START } from './record.js'

const directory = await mkdtemp(join(tmpdir(), 'report-'))
const record = recordOf()

test('a report with images of mistakes and versions', async () => {
  const image = await new Jimp({ width: 400, height: 200, color: 0x2060a0ff }).getBuffer('image/png')
  const validation: ImageDataset = {
    classes: record.model.classes,
    samples: record.predictions.map(({ source, label }) => ({ source, label })),
    read: async (index) => (index === 9 ? new Uint8Array([1, 2, 3]) : new Uint8Array(image)),
  }
  const path = join(directory, 'report.html')
  await writeReport({ record, datasets: { train: validation, validation } }, path, { command: 'again' })
  const markup = await readFile(path, 'utf8')

  const wrong = record.predictions.filter(({ label, predicted }) => label !== predicted)
  const uris = [...markup.matchAll(/src="data:image\/jpeg;base64,([^"]+)"/g)].map(([, base64]) => base64!)
  expect(uris).toHaveLength(wrong.length - 1)
  expect(markup.match(/class="blank"/g)).toHaveLength(1)
  const small = await Jimp.read(Buffer.from(uris[0]!, 'base64'))
  expect([small.width, small.height]).toEqual([160, 80])
  expect(markup).toContain(process.versions.node)
  expect(markup).toContain('onnxruntime-node')
})

test('a report that shows what speaks for the wrong classes', async () => {
  const image = await new Jimp({ width: 40, height: 30, color: 0x2060a0ff }).getBuffer('image/png')
  const { classes } = record.model
  const validation: ImageDataset = {
    classes,
    samples: record.predictions.map(({ source, label }) => ({ source, label })),
    read: async (index) => (index === 9 ? new Uint8Array([1, 2, 3]) : new Uint8Array(image)),
  }
  const path = join(directory, 'explained.html')
  const run = { record, datasets: { train: validation, validation } }
  const model = replaceHead(tinyModel(), { classes })
  await writeReport(run, path, { explain: model, mistakes: 2 })
  const markup = await readFile(path, 'utf8')
  const shown = surestMistakes(record.predictions, 2)
  for (const { index, predicted } of shown)
    if (index !== 9) expect(markup).toContain(`alt="in red, what speaks for ${classes[predicted]}"`)
  const readable = shown.filter(({ index }) => index !== 9).length
  expect(markup.match(/<img /g)).toHaveLength(2 * readable)
  expect(markup).toContain('Below each image')
  const ended = join(directory, 'ended.html')
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(writeReport(run, ended, { explain: model, signal })).rejects.toThrow('enough')
  expect(await readdir(directory)).not.toContain('ended.html')
  const other = replaceHead(tinyModel(), { classes: ['age'], task: 'regression' })
  await expect(writeReport(run, path, { explain: other })).rejects.toThrow('writeReport: explain')
})

test('a report from a record alone', async () => {
  const path = join(directory, 'alone.html')
  await writeReport({ record: JSON.parse(JSON.stringify(record)) }, path)
  expect(await readFile(path, 'utf8')).not.toContain('<img')
})

test('metrics and events, into directories that are made', async () => {
  await writeMetrics({ record }, join(directory, 'a', 'b'))
  expect(await readdir(join(directory, 'a', 'b'))).toEqual(['metrics.csv', 'steps.csv'])
  const path = await writeTensorBoard({ record }, join(directory, 'runs'))
  expect(path).toBe(join(directory, 'runs', `events.out.tfevents.${START / 1000}.onnx-finetune`))
})

test('a path that cannot be written is named', async () => {
  const path = join(directory, 'absent', 'report.html')
  await expect(writeReport({ record }, path)).rejects.toMatchObject({ code: 'report/cannot-write', facts: { path } })
  await expect(writeMetrics({ record }, join(directory, 'report.html'))).rejects.toThrow('Cannot write')
})

import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Jimp } from 'jimp'
import { expect, test } from 'vitest'
import { openProject } from '../../src/project/openProject.js'
import { writeProject } from '../../src/project/writeProject.node.js'
import { directoryOf } from '../data/support.js'
import { images } from '../finetune/support/smallRun.js'
import { json, run } from './support.js'

const TINY = ['--weights', 'none', '--width', '8', '--image-size', '32', '--workers', '0', '--threads', '1']
const RUN = [...TINY, '--batch-size', '8', '--epochs', '1', '--calibrate']

test('train takes a project and writes it with a calibrated classifier; inspect, predict and evaluate take it', async () => {
  const directory = await directoryOf({})
  const path = join(directory, 'a.finetune.zip')
  await writeProject({ dataset: await images(20, 1), validation: [1, 2, 5, 8], settings: { note: 'kept' } }, path)

  const { code, stderr } = await run(['train', path, ...RUN, '--save-project', path])
  expect(code, stderr).toBe(0)
  expect(stderr).toContain(`16 images of 2 classes (blue, red), 4 to measure on (by ${path})`)
  expect(await readdir(directory)).toEqual(['a.finetune.zip'])
  const { dataset, validation, settings } = await openProject(path)
  expect([dataset.samples.length, validation, settings]).toEqual([20, [16, 17, 18, 19], { note: 'kept' }])

  const inspected: { classifier: number } = await json(['inspect', path])
  expect(inspected).toMatchObject({
    kind: 'project',
    images: 20,
    validation: 4,
    classes: [{ name: 'blue' }, { name: 'red' }],
  })
  expect(inspected.classifier).toBeGreaterThan(1000)
  await writeFile(
    join(directory, '1.png'),
    await new Jimp({ width: 40, height: 40, color: 0xe04020ff }).getBuffer('image/png'),
  )
  expect(await json(['predict', path, join(directory, '1.png')])).toEqual([
    expect.objectContaining({ isUnknown: expect.any(Boolean) }),
  ])
  expect(await json(['evaluate', path, path])).toMatchObject({ images: 4 })
}, 120_000)

test('a project without a classifier is refused where one is needed, and so are a damaged one and --calibrate without images', async () => {
  const directory = await directoryOf({})
  const path = join(directory, 'a.zip')
  await writeProject({ dataset: await images(6, 1) }, path)
  expect(await run(['predict', path, 'x.png'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has no classifier yet'),
  })
  expect(await run(['train', path, ...RUN, '--validation-split', '0'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--calibrate must be'),
  })
  await writeFile(path, 'no zip file')
  expect(await run(['train', path, ...RUN])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot be used'),
  })
})

test('predict says "none of these"', async () => {
  const directory = await directoryOf({ 'a.png': await new Jimp({ width: 40, height: 40 }).getBuffer('image/png') })
  const { exportClassifier } = await import('../../src/deploy/exportClassifier.js')
  const { smallModel } = await import('../finetune/support/smallRun.js')
  const file = join(directory, 'a.onnx')
  await exportClassifier(await smallModel(), file, { calibration: { temperature: 1, threshold: 1e6 } })
  const { stdout } = await run(['predict', file, join(directory, 'a.png')])
  expect(stdout).toMatch(/a\.png\s+none of these; nearest:\s+(blue|red) /)
})

test('inspect --labels lists likely wrong labels', async () => {
  const directory = await directoryOf({})
  const path = join(directory, 'a.zip')
  const clean = await images(60, 4)
  await writeProject(
    {
      dataset: { ...clean, samples: clean.samples.map((one, i) => (i === 7 ? { ...one, label: 1 - one.label } : one)) },
    },
    path,
  )
  const { issues }: { issues: readonly object[] } = await json(['inspect', path, '--labels', '--weights', 'none'])
  expect(issues[0]).toMatchObject({ index: 7, given: 'blue', suggested: 'red' })
}, 120_000)

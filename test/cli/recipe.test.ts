import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { directoryOf } from '../data/support.js'
import { images } from '../finetune/support/smallRun.js'
import { run } from './support.js'

const BACKBONE = 'examples/hotdog/backbone/backbone.safetensors'
const drawn = await images(24, 0)

/** A folder of images, and the network of this repository. */
async function folder(classes = drawn.classes): Promise<string[]> {
  const files = drawn.samples.map(async ({ label }, i) => [`${classes[label]}/${i}.png`, await drawn.read!(i)] as const)
  const directory = await directoryOf(Object.fromEntries(await Promise.all(files)))
  return [
    'train',
    directory,
    '--weights',
    BACKBONE,
    '--workers',
    '0',
    '--threads',
    '1',
    '--export',
    join(directory, 'c.onnx'),
  ]
}

describe('train without options of training', () => {
  test('says its plan, what it tried and what would help, and calibrates what it exports', async () => {
    const argv = await folder()
    const { code, stdout, stderr } = await run([...argv, '--freeze', 'layer4'])
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/\nplan for 20 images: a head alone\nabout 0:\d\d of 12:00 \(/)
    expect(stderr).toMatch(/\nhead alone: accuracy [01]\.\d{3} \(0\.\d{3} to [01]\.\d{3}\), loss \d\.\d{3}\n/)
    expect(stdout).toMatch(/^A new head on the pretrained network recognises \d+\.\d % of 20 images/)
    expect(stdout).toContain('Every class has fewer than 100 images')
    const classifier = await loadClassifier(new Uint8Array(await readFile(argv.at(-1)!)))
    expect(classifier.calibration).toMatchObject({ temperature: expect.any(Number), threshold: expect.any(Number) })
    await classifier.release()
  })

  test('keeps what the network knows of a class of that name', async () => {
    const argv = await folder(['Star', 'other'])
    const { code, stderr } = await run([...argv, '--freeze', 'layer4'])
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('The pretrained network knows star: the new head is told how sure it is of that')
    const classifier = await loadClassifier(new Uint8Array(await readFile(argv.at(-1)!)))
    expect(['Star', 'other']).toContain((await classifier.classify(await drawn.read!(0))).label)
    await classifier.release()
  })

  test('refuses options that only the manual recipe has', async () => {
    const argv = await folder()
    const { code, stderr } = await run([...argv, '--recipe', 'auto', '--lr', '0.1'])
    expect(code).toBe(2)
    expect(stderr).toContain('--recipe must be manual with --lr. Received: "auto"')
  })

  test('resumes a run of pretrained weights by its own recipe, not by the automatic one', async () => {
    const argv = await folder()
    const checkpoint = await directoryOf({})
    const options = ['--freeze', 'layer4', '--epochs', '1', '--checkpoint', checkpoint]
    const first = await run([...argv, ...options])
    expect(first.code, first.stderr).toBe(0)
    const { code, stdout, stderr } = await run(['resume', checkpoint, '--json'])
    expect(code, stderr).toBe(0)
    const types = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).type)
    expect(types).toEqual(['resumed', 'done', 'files'])
  })
})

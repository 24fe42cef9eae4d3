import { exec } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadClassifier } from 'onnx-finetune'
import { expect, test } from 'vitest'
import { quickstart } from '../../examples/quickstart/quickstart.js'

test('the quickstart ends with a classifier, used on a new image, and with a command that works as printed', async () => {
  const lines: string[] = []
  const directory = await quickstart((line) => lines.push(line), { train: 8, validation: 4, epochs: 2 })
  try {
    expect(lines.filter((line) => /^epoch \d: .*validation accuracy/.test(line))).toHaveLength(2)

    const image = await readFile(join(directory, 'new.png'))
    const known = (await readdir(directory, { recursive: true })).filter((file) =>
      /^(train|validation).*png$/.test(file),
    )
    expect(known).toHaveLength(24)
    for (const file of known) expect(image.equals(await readFile(join(directory, file)))).toBe(false)

    const classifier = await loadClassifier(join(directory, 'fruit.onnx'))
    const { label, score } = await classifier.classify(new Uint8Array(image))
    await classifier.release()
    expect(lines).toContainEqual(expect.stringContaining(`new.png (a lime): ${label} ${(100 * score).toFixed(1)} %`))

    const { stdout } = await promisify(exec)(lines.at(-1)!.trim())
    expect(stdout).toMatch(/^accuracy .* 8 images\n/)
  } finally {
    await rm(directory, { recursive: true })
  }
}, 120_000)

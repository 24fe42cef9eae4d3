import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { unpackZip } from '../../src/io/zip/unpackZip.node.js'
import { openStore } from '../../src/platform/node/fileStore.js'
import { writeBytes } from '../../src/platform/node/platform.js'
import { directoryOf } from '../data/support.js'
import { zip } from '../support/zip.js'

const script = fileURLToPath(new URL('writer.js', import.meta.url))
const writers: ChildProcess[] = []
afterEach(async () => {
  for (const writer of writers.splice(0)) await kill(writer)
})

/** A process that is in the middle of writing the file. */
async function writing(file: string, length = 1000): Promise<ChildProcess> {
  const writer = spawn(process.execPath, [script, file, String(length)], { stdio: ['ignore', 'pipe', 'inherit'] })
  writers.push(writer)
  await once(writer.stdout!, 'data')
  return writer
}

async function kill(writer: ChildProcess): Promise<void> {
  if (writer.exitCode !== null || writer.signalCode !== null) return
  writer.kill('SIGKILL')
  await once(writer, 'exit')
}

/** A directory in which two writers of c.onnx were killed and a third lives; its parts are the result. */
async function afterTwoKills() {
  const directory = await directoryOf({ 'd.onnx.part': 'not ours' })
  const file = join(directory, 'c.onnx')
  const [first, second, third] = [await writing(file), await writing(file, 3000), await writing(file, 2000)]
  await kill(first)
  await kill(second)
  const parts = await partsOf(directory)
  expect(parts).toHaveLength(3)
  return { directory, file, living: parts.filter((part) => part.includes(`.${third.pid}.`)) }
}

const partsOf = async (directory: string) => (await readdir(directory)).filter((name) => /^c\.onnx\..*part$/.test(name))

describe('what killed writers of a file have left', () => {
  test('is removed by the next one, but not what a living one writes', async () => {
    const { directory, file, living } = await afterTwoKills()
    await writeFile(join(directory, 'c.onnx.part'), 'somebody else writes so')
    await writeBytes(file, [new TextEncoder().encode('whole')])
    expect(await readFile(file, 'utf8')).toBe('whole')
    expect((await readdir(directory)).sort()).toEqual(['c.onnx', ...living, 'c.onnx.part', 'd.onnx.part'].sort())
  })

  test('is removed by unpacking a directory of that name', async () => {
    const { directory, file, living } = await afterTwoKills()
    await unpackZip(zip({ 'a.txt': new TextEncoder().encode('a') }), file)
    expect(await readdir(file)).toEqual(['a.txt'])
    expect(await partsOf(directory)).toEqual(living)
  })

  test('is gone on with by a download, the longest of it, and the rest removed', async () => {
    const { directory, living } = await afterTwoKills()
    const part = await openStore(directory).begin('c.onnx')
    expect(part.size).toBe(3000)
    await part.keep()
    expect((await readFile(join(directory, 'c.onnx'))).length).toBe(3000)
    expect(await partsOf(directory)).toEqual(living)
  })

  test('of a writer that fails by itself is removed by it', async () => {
    const directory = await directoryOf({ 'c.onnx/inside': 'a directory cannot be replaced by a file' })
    await expect(writeBytes(join(directory, 'c.onnx'), [new Uint8Array(3)])).rejects.toThrow()
    expect(await partsOf(directory)).toEqual([])
    await expect(writeBytes(join(directory, 'nowhere', 'c.onnx'), [new Uint8Array(3)])).rejects.toThrow('ENOENT')
  })
})

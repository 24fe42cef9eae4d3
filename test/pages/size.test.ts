import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { expect, test } from 'vitest'

const TRAINING = [
  'fineTune',
  'replaceHead',
  'paramGroups',
  'adamW',
  'loadBackbone',
  'exportClassifier',
  'loadClassifier',
]
const DEPENDENCIES = /^(zod|@bufbuild|ndarray|pure-rand|@petamoriken|flatbuffers|d3-shape)/

/** What a page of Vite has that imports these names: its scripts, and those of them that it loads at its start. */
async function pageOf(names: readonly string[], external: readonly (string | RegExp)[]) {
  const directory = await mkdtemp(join(tmpdir(), 'onnx-finetune-size-'))
  try {
    const code = `import { ${names} } from '${resolve('dist/index.js')}'\nglobalThis.all = [${names}]`
    await writeFile(join(directory, 'main.js'), code)
    const rolldownOptions = { input: join(directory, 'main.js'), external: [/^onnxruntime-web/, ...external] }
    const settings = { root: directory, configFile: false, logLevel: 'error' } as const
    const made = await build({ ...settings, build: { write: false, rolldownOptions } })
    const chunks = (made as Rolldown.RolldownOutput).output.filter((part) => part.type === 'chunk')
    const first = new Set<Rolldown.OutputChunk>()
    const visit = (chunk: Rolldown.OutputChunk | undefined): void => {
      if (!chunk || first.has(chunk)) return
      first.add(chunk)
      for (const name of chunk.imports) visit(chunks.find(({ fileName }) => fileName === name))
    }
    visit(chunks.find(({ isEntry }) => isEntry))
    const bytes = [...first].reduce((sum, { code }) => sum + gzipSync(code).length, 0)
    return { bytes, modules: chunks.flatMap(({ moduleIds }) => moduleIds) }
  } finally {
    await rm(directory, { recursive: true })
  }
}

test('a page that trains, exports and classifies begins with less than 81 kB of our code, gzipped', async () => {
  const { bytes } = await pageOf(TRAINING, [DEPENDENCIES])
  expect(bytes).toBeLessThan(81_000)
  expect(bytes).toBeGreaterThan(10_000)
})

test('one that classifies, with less than 32 kB; with all that it depends on but ONNX Runtime, than 80 kB', async () => {
  expect((await pageOf(['loadClassifier'], [DEPENDENCIES])).bytes).toBeLessThan(32_000)
  expect((await pageOf(['loadClassifier'], [])).bytes).toBeLessThan(80_000)
})

test("no page has Node's code, decoders for Node, the command line, or messages in languages that are not used", async () => {
  const { modules } = await pageOf(TRAINING, [])
  expect(modules.length).toBeGreaterThan(100)
  const unwanted =
    /__vite-browser-external|node_modules\/(jimp|sharp|commander|env-paths)\/|dist\/(cli|platform\/node)\/|\.node\.js|zod\/.*\/locales\/(?!en\.js)/
  expect(modules.filter((name) => unwanted.test(name))).toEqual([])
})

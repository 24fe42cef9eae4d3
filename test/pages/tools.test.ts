import { cp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import type { Browser } from 'playwright'
import * as vite from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import webpack from 'webpack'
import { chromiumPath, launchChromium, noChromium } from '../support/browser.js'
import { thorough } from '../support/thorough.js'
import { answerOf, serveFolder } from './support/openPage.js'
import { makeProject } from './support/project.js'

const MAIN = `
import { trainAndClassify } from './app.js'
trainAndClassify().then(
  (answer) => Object.assign(globalThis, { answer }),
  (error) => Object.assign(globalThis, { answer: { error: String(error.stack) } }),
)
`
const page = (script: string, head = '') => `<!doctype html><link rel="icon" href="data:,">${head}${script}`
const moduleScript = '<script type="module" src="./main.js"></script>'

describe.skipIf(chromiumPath === undefined)(`a page of each tool, with its defaults (or ${noChromium})`, () => {
  let project: Awaited<ReturnType<typeof makeProject>>
  let browser: Browser
  let inNode: unknown
  beforeAll(async () => {
    project = await makeProject()
    await writeFile(join(project.directory, 'main.js'), MAIN)
    await writeFile(join(project.directory, 'index.html'), page(moduleScript))
    browser = await launchChromium()
    const app = './support/app.js'
    inNode = await (await import(/* @vite-ignore */ new URL(app, import.meta.url).href)).trainAndClassify({
      runtime: 'onnxruntime-web',
    })
  })
  afterAll(async () => {
    await browser?.close()
    await project?.remove()
  })

  /** Serves a folder, and returns what its page answers. */
  async function answerFrom(folder: string): Promise<unknown> {
    const server = await serveFolder(folder)
    try {
      return await answerOf(browser, server.url)
    } finally {
      server.close()
    }
  }

  test('Node trains and classifies on the same WebAssembly', () => {
    expect(inNode).toEqual({
      losses: [expect.any(Number), expect.any(Number)],
      label: 'red',
      scores: [expect.any(Number), expect.any(Number)],
      size: expect.any(Number),
    })
  })

  test("Vite's development server, with its optimizer of dependencies, computes what Node does", async () => {
    const server = await vite.createServer({
      root: project.directory,
      configFile: false,
      logLevel: 'error',
      server: { host: '127.0.0.1', port: 0 },
    })
    try {
      await server.listen()
      expect(await answerOf(browser, server.resolvedUrls!.local[0]!)).toEqual(inNode)
    } finally {
      await server.close()
    }
  })

  test('a build of Vite computes what Node does', async () => {
    await vite.build({ root: project.directory, configFile: false, logLevel: 'error', build: { outDir: 'by-vite' } })
    expect(await answerFrom(join(project.directory, 'by-vite'))).toEqual(inNode)
  })

  test.runIf(thorough)('a build of webpack computes what Node does, and warns of nothing', async () => {
    const out = join(project.directory, 'by-webpack')
    const settings = {
      context: project.directory,
      mode: 'development',
      entry: './main.js',
      output: { path: out },
    } as const
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
      webpack(settings, (error, made) => (error ? reject(error) : resolve(made))),
    )
    expect(stats?.toString({ all: false, errors: true, warnings: true })).toBe('')
    await writeFile(join(out, 'index.html'), page('<script src="./main.js"></script>'))
    expect(await answerFrom(out)).toEqual(inNode)
  })

  test.each(thorough ? [true, false] : [true])(
    'a build of esbuild (splitting: %s) computes what Node does',
    async (splitting) => {
      const out = join(project.directory, `by-esbuild-${splitting}`)
      await esbuild.build({
        absWorkingDir: project.directory,
        entryPoints: { main: 'main.js', 'finetune.worker': 'onnx-finetune/worker' },
        bundle: true,
        format: 'esm',
        splitting,
        outdir: out,
      })
      const runtime = join(project.directory, 'node_modules/onnxruntime-web/dist')
      for (const name of await readdir(runtime))
        if (name.endsWith('.wasm')) await cp(join(runtime, name), join(out, name))
      await writeFile(join(out, 'index.html'), page(moduleScript))
      expect(await answerFrom(out)).toEqual(inNode)
    },
  )

  test('a page without a bundler, with an import map, computes what Node does', async () => {
    const map = { imports: { 'onnx-finetune': '/node_modules/onnx-finetune/dist/browser/index.js' } }
    const head = `<script type="importmap">${JSON.stringify(map)}</script>`
    await writeFile(join(project.directory, 'index.html'), page(moduleScript, head))
    expect(await answerFrom(project.directory)).toEqual(inNode)
  })
})

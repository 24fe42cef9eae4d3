import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import type { Plugin, TestProjectInlineConfiguration } from 'vitest/config'
import { chromiumPath, launchOptions, noChromium } from './browser.js'
import type { Where } from './where.js'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** True if also those tests run in the browser for which the gate has no time. */
const all = process.env.PAGE_TESTS === 'all'

/** Tests of operators, and with PAGE_TESTS=all of all of them, of optimizers and sessions, on every runtime. */
const everywhere = [
  'test/lowering/ConvGrad.test.ts',
  ...(all
    ? [
        'test/lowering/{batchNorm,crossEntropy,elementwise,explicitPools,lower,pooling}.test.ts',
        'test/optim/optim.test.ts',
        'test/session/notFinite.test.ts',
      ]
    : []),
]
/** Those that several threads compute: a whole network, and with PAGE_TESTS=all convolutions and sessions. */
const threaded = [
  'test/finetune/resnet18.golden.test.ts',
  ...(all ? ['test/lowering/{ConvGrad,lower}.test.ts', 'test/session/TrainingEngine.test.ts'] : []),
]
/** Training as an application does it, which only pages have to show: elsewhere other tests do. */
const inPages = [all ? 'test/browser/{memory,session,training}.test.ts' : 'test/browser/{session,training}.test.ts']
/** The software GPU takes minutes for what a processor does in seconds. */
const onGpu = all ? inPages : ['test/browser/session.test.ts']

const DEPENDENCIES = [
  'zod',
  'ndarray',
  'flatbuffers',
  '@bufbuild/protobuf',
  '@bufbuild/protobuf/wire',
  '@petamoriken/float16',
  'pure-rand/generator/xoroshiro128plus',
  'd3-shape',
]

/** The headers by which a page may share memory between threads. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

/** The built package has its worker's script beside the module that starts it; among the sources it lies elsewhere. */
const workerOfSources: Plugin = {
  name: 'worker-of-sources',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('/src/platform/web/newWorker.ts')
      ? code.replace("'./finetune.worker.js'", "'../../worker.web.ts'")
      : undefined,
}

/** The steps after which memory is compared: MEMORY_STEPS, or what the gate has time for. */
const stepsOf = ({ target }: Pick<Where, 'target'>): number =>
  Number(process.env.MEMORY_STEPS ?? (target === 'webgpu' ? 60 : 300))

const page = (
  name: string,
  include: string[],
  where: Omit<Where, 'runtimes'>,
  headers = {},
): TestProjectInlineConfiguration => ({
  plugins: [workerOfSources],
  resolve: {
    alias: { '#platform': at('src/platform/web/platform.ts') },
  },
  server: { headers },
  // The runtimes find their WebAssembly beside themselves. What is found late would load the page anew.
  optimizeDeps: { exclude: ['onnxruntime-web', 'onnxruntime-training'], include: DEPENDENCIES },
  test: {
    name,
    include,
    provide: { where: { runtimes: ['onnxruntime-web'], ...where }, memorySteps: stepsOf(where) },
    browser: {
      enabled: true,
      headless: true,
      provider: playwright({ launchOptions }),
      instances: [{ browser: 'chromium' }],
      screenshotFailures: false,
    },
  },
})

/** Pages of Chromium; none where there is no Chromium. */
export function pages(): readonly TestProjectInlineConfiguration[] {
  if (chromiumPath === undefined) {
    console.warn(`The tests in pages are skipped: ${noChromium}`)
    return []
  }
  return [
    page('browser-wasm', everywhere, { target: 'wasm', threads: 1 }),
    page('browser-threads', [...threaded, ...inPages], { target: 'wasm', threads: 2 }, ISOLATED),
    page('browser-webgpu', onGpu, { target: 'webgpu', executionProviders: ['webgpu'], threads: 1 }, ISOLATED),
  ]
}

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import type { Plugin, TestProjectInlineConfiguration } from 'vitest/config'
import { chromiumPath, launchOptions, noChromium } from './browser.js'
import type { Where } from './where.js'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Tests of operators, optimizers, sessions and a whole network, which run on every runtime. */
const everywhere = [
  'test/lowering/{ConvGrad,batchNorm,crossEntropy,elementwise,explicitPools,lower,pooling}.test.ts',
  'test/optim/optim.test.ts',
  'test/session/{TrainingEngine,notFinite}.test.ts',
  'test/finetune/resnet18.golden.test.ts',
]
/** Those that several threads compute: convolutions, and whole networks. */
const threaded = [
  'test/lowering/{ConvGrad,lower}.test.ts',
  'test/finetune/resnet18.golden.test.ts',
  'test/browser/memory.test.ts',
]
/** Without those whose graphs, lowered for WebAssembly, have operators that the GPU's provider lacks. */
const onGpu = [
  'test/lowering/{crossEntropy,elementwise}.test.ts',
  'test/optim/optim.test.ts',
  'test/session/notFinite.test.ts',
]

/** The adapter on the processor that Debian's Chromium contains, for other programs. */
const SOFTWARE_ADAPTER = '/usr/lib/chromium/vk_swiftshader_icd.json'
const GPU = { target: 'wasm', executionProviders: ['webgpu'], threads: 1 } as const

/** Node on a GPU, by the WebGPU that onnxruntime-node contains. */
export const webgpu: TestProjectInlineConfiguration = {
  resolve: { alias: { '#platform': at('src/platform/node/platform.ts') } },
  test: {
    name: 'webgpu',
    include: onGpu,
    env: existsSync(SOFTWARE_ADAPTER) ? { VK_ICD_FILENAMES: SOFTWARE_ADAPTER } : {},
    provide: { where: { runtimes: ['onnxruntime-node'], ...GPU } },
    globalSetup: [at('test/support/softwareGpu.ts')],
    setupFiles: [at('test/support/skipIfMissing.ts')],
  },
}

/** The headers by which a page may share memory between threads. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

/** The build of onnxruntime-web that has the GPU's operators of onnxruntime-node; that of the plain name has older ones. */
const WEBGPU_BUILD = {
  find: /^onnxruntime-web$/,
  replacement: at('node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs'),
}

/** The built package has its worker's script beside the module that starts it; among the sources it lies elsewhere. */
const workerOfSources: Plugin = {
  name: 'worker-of-sources',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('/src/platform/web/newWorker.ts')
      ? code.replace("'./finetune.worker.js'", "'../../worker.web.ts'")
      : undefined,
}

const page = (
  name: string,
  include: string[],
  where: Omit<Where, 'runtimes'>,
  headers = {},
): TestProjectInlineConfiguration => ({
  plugins: [workerOfSources],
  resolve: {
    alias: [
      { find: '#platform', replacement: at('src/platform/web/platform.ts') },
      ...(where.executionProviders ? [WEBGPU_BUILD] : []),
    ],
  },
  server: { headers },
  // Both find their WebAssembly beside themselves.
  optimizeDeps: { exclude: ['onnxruntime-web', 'onnxruntime-training'] },
  test: {
    name,
    include,
    provide: { where: { runtimes: ['onnxruntime-web'], ...where } },
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
    page('browser-threads', threaded, { target: 'wasm', threads: 2 }, ISOLATED),
    page('browser-webgpu', onGpu, GPU, ISOLATED),
  ]
}

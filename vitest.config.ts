import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin, type TestProjectInlineConfiguration } from 'vitest/config'
import { bundleWorkers } from './test/support/bundleWorkers.js'
import { pages } from './test/support/projects.js'
import { thorough } from './test/support/thorough.js'

const root = new URL('.', import.meta.url)

const dist = new URL('dist/', root)
const bundleOf = await bundleWorkers(dist)

/** Worker threads of Node load JavaScript, so tests of the sources start the built workers. */
const builtWorkers: Plugin = {
  name: 'built-workers',
  enforce: 'pre',
  transform(code, id) {
    const source = id.split('?')[0] ?? id
    if (!source.startsWith(fileURLToPath(new URL('src/', root)))) return
    const built = new URL(source.slice(fileURLToPath(root).length).replace(/^src\//, 'dist/'), root)
    return code.replaceAll(
      /new URL\(['"](\.{1,2}\/[\w./]*[wW]orker\.js)['"], import\.meta\.url\)/g,
      (_, worker: string) => `new URL('${bundleOf(new URL(worker, built))}')`,
    )
  },
}

/** Tests that take minutes and that others cover in the main. The gate has fifteen minutes on two cores. */
const long = thorough
  ? []
  : [
      'test/bench/datasets.test.ts',
      'test/finetune/{bytes,longRun,orientation,pauses}.test.ts',
      'test/io/zipPieces.test.ts',
      'test/package.test.ts',
      'test/lowering/explicitPools.test.ts',
      'test/session/symbolicSizes.test.ts',
      'test/data/loaderProperties.test.ts',
      'test/deploy/trainedView.test.ts',
      'test/transforms/keeping.test.ts',
      'test/ownMutations.test.ts',
    ]

/** Tests that leave their process as it was: those of functions, and of runs that replace no module and no limit. */
const shared = [
  'test/{artifacts,autodiff,backbones,calibration,embedding,evaluation,explanation,io,labels,model,onnx,optim}/**/*.test.ts',
  'test/{ort-training,probe,recipe,report,weights}/**/*.test.ts',
  'test/data/decode/{corpus,decodeImage,orientation,page}.test.ts',
  'test/data/samples/*.test.ts',
  'test/data/!(badImages|deadWorker|fewFiles|fileDataset|hotdog|webFiles|webPixels).test.ts',
  'test/deploy/!(hostedClassifier).test.ts',
  'test/finetune/!(budget|checkpointFaults|hostDies|memory|pauses|providers).test.ts',
  'test/lowering/*.test.ts',
  'test/session/!(deviceState|resources|selfTest|webgpu*).test.ts',
  'test/{cli/!(resume|worker),docs/!(blocks),examples/!(browser|hostileServer)}.test.ts',
  'test/{cluster/*,finetune/shards/!(chaos),jobs/!(chaos),progress/!(showProgress),project/*}.test.ts',
  'test/platform/{claim,largeFiles,parts,providersOf,together}.test.ts',
  'test/runtime/{AlignedAllocator,runtime}.test.ts',
  'test/{errors,house,rooms,operatorRules,undefinedOptions}.test.ts',
  'test/threads/!(webWorker|WorkerThread).test.ts',
  'test/transforms/{colour,compose,golden,parts,random,resize,transforms}.test.ts',
]

const node = (name: string, test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration => ({
  extends: true,
  plugins: [builtWorkers],
  resolve: { alias: { '#platform': fileURLToPath(new URL('src/platform/node/platform.ts', root)) } },
  test: {
    name,
    // After those in pages: three Chromiums beside them would wait for each other.
    sequence: { groupOrder: 1 },
    ...test,
    provide: { where: { runtimes: ['onnxruntime-node', 'onnxruntime-web'], target: 'cpu', threads: 1 } },
  },
})

export default defineConfig({
  test: {
    // A test that hangs is ended; how fast a busy machine is, is none of its business.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Most tests compute with one thread, or wait for a process.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      node('node', { include: ['test/**/*.test.ts'], exclude: ['test/browser/**', ...long, ...shared] }),
      // These change nothing that others see, so they need not load the library each by itself.
      node('node-shared', { include: shared, exclude: long, isolate: false }),
      ...pages().map((page) => ({ extends: true as const, ...page })),
    ],
  },
})

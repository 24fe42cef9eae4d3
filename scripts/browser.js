// Makes the scripts that pages load, from the built package: after `tsc`.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Without a bundler, workers know no names of packages, and may be of another origin than the page. */
const plain = {
  name: 'plain',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(importRuntime|newWorker)\.js$/ }, ({ path, resolveDir }) =>
      resolveDir.endsWith(join('platform', 'web')) ? { path: join(resolveDir, 'plain', path) } : undefined,
    )
  },
}

// Whole but for ONNX Runtime: for pages without a bundler, and as the worker of all pages.
await rm('dist/browser', { recursive: true, force: true })
await build({
  entryPoints: {
    index: 'dist/index.js',
    web: 'dist/web.js',
    training: 'dist/training.js',
    'finetune.worker': 'dist/worker.web.js',
  },
  outdir: 'dist/browser',
  bundle: true,
  splitting: true,
  chunkNames: 'chunk-[hash]',
  format: 'esm',
  target: 'es2022',
  external: ['onnxruntime-web'],
  plugins: [plain],
  // The paths of tsconfig.json are for Node.
  tsconfigRaw: '{}',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
})

// Beside the module that starts it: bundlers follow the import, and find no name of a package in it but ONNX Runtime's.
await writeFile('dist/platform/web/finetune.worker.js', "import '../../browser/finetune.worker.js'\n")

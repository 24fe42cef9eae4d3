// Makes the scripts that pages load, from the built package: after `tsc`.
import { rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

/** The entries, which look up addresses first: without a bundler, workers know no names of packages. */
const plain = {
  name: 'plain',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^plain:/ }, ({ path }) => ({ path: path.slice('plain:'.length), namespace: 'plain' }))
    onLoad({ filter: /./, namespace: 'plain' }, ({ path }) => ({
      contents: `import './platform/web/plain/addresses.js'\nexport * from './${path}.js'\n`,
      resolveDir: resolve('dist'),
    }))
    onResolve({ filter: /^\.\/newWorker\.js$/ }, ({ path, resolveDir }) =>
      resolveDir.endsWith(join('platform', 'web')) ? { path: join(resolveDir, 'plain', path) } : undefined,
    )
    // A file that no list of side effects names.
    onResolve({ filter: /\/addresses\.js$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path),
      sideEffects: true,
    }))
  },
}

// Whole but for ONNX Runtime: for pages without a bundler, and as the worker of all pages.
await rm('dist/browser', { recursive: true, force: true })
await build({
  entryPoints: {
    index: 'plain:index',
    web: 'plain:web',
    training: 'plain:training',
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
  // Not white space: with it go the comments to bundlers.
  minifyIdentifiers: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
})

// Beside the module that starts it: bundlers follow the import, and find no name of a package in it but ONNX Runtime's.
await writeFile('dist/platform/web/finetune.worker.js', "import '../../browser/finetune.worker.js'\n")

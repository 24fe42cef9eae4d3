import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Without these headers a page has no shared memory, and WebAssembly one thread. */
const isolated = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

/** The plugin that tells the service worker the files of the page. */
const precache: Plugin = {
  name: 'precache',
  apply: 'build',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const worker = bundle['serviceWorker.js']
      if (worker?.type !== 'chunk') throw new Error('The service worker was not built')
      const built = Object.keys(bundle).filter((file) => file !== worker.fileName && file !== 'index.html')
      const files = ['./', ...built, ...readdirSync(here('public'))]
      const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12)
      worker.code = `const __FILES__ = ${JSON.stringify(files)}, __VERSION__ = '${version}';\n${worker.code}`
    },
  },
}

export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [precache],
  server: { headers: isolated },
  preview: { headers: isolated },
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    emptyOutDir: true,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: { page: here('index.html'), serviceWorker: here('src/offline/serviceWorker.ts') },
      output: {
        entryFileNames: ({ name }) => (name === 'serviceWorker' ? 'serviceWorker.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
})

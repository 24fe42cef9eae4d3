import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vitest/config'
import { pages } from './test/support/projects.js'

const root = new URL('.', import.meta.url)

/** Worker threads of Node load JavaScript, so tests of the sources start the built workers. */
const builtWorkers: Plugin = {
  name: 'built-workers',
  enforce: 'pre',
  transform(code, id) {
    const source = id.split('?')[0] ?? id
    if (!source.startsWith(fileURLToPath(new URL('src/', root)))) return
    const dist = new URL(source.slice(fileURLToPath(root).length).replace(/^src\//, 'dist/'), root)
    return code.replaceAll(
      /new URL\((['"]\.{1,2}\/[\w./]*[wW]orker\.js['"]), import\.meta\.url\)/g,
      `new URL($1, '${dist}')`,
    )
  },
}

export default defineConfig({
  test: {
    // A test that hangs is ended; how fast a busy machine is, is none of its business.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Most tests compute with one thread, or wait for a process.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        plugins: [builtWorkers],
        resolve: { alias: { '#platform': fileURLToPath(new URL('src/platform/node/platform.ts', root)) } },
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**'],
          provide: { where: { runtimes: ['onnxruntime-node', 'onnxruntime-web'], target: 'cpu', threads: 1 } },
        },
      },
      ...pages().map((page) => ({ extends: true as const, ...page })),
    ],
  },
})

import { readFile } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const WORKERS = ['session/host/host', 'data/loader/loader', 'deploy/classifier', 'jobs/job']

/**
 * Bundles the built workers of Node: tests start them a thousand times, and one file is read in a third of the time of
 * two hundred. Packages that are not in every worker, or have binaries, stay outside.
 *
 * @returns a function from the URL of a built worker to that of its bundle
 */
export async function bundleWorkers(dist: URL): Promise<(worker: URL) => URL> {
  const [from, to] = [fileURLToPath(dist), resolve('node_modules/.cache/onnx-finetune/workers')]
  await build({
    entryPoints: Object.fromEntries(WORKERS.map((name) => [`${name}.worker`, join(from, `${name}.worker.js`)])),
    outdir: to,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['onnxruntime-node', 'onnxruntime-web', 'sharp', 'jimp', 'bullmq', 'ioredis'],
    plugins: [
      {
        name: 'places',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.js$/ }, async ({ path }) => {
            if (!path.startsWith(from)) return undefined
            const code = await readFile(path, 'utf8')
            return { contents: code.replaceAll(', import.meta.url)', `, '${pathToFileURL(path).href}')`) }
          }),
      },
    ],
    tsconfigRaw: '{}',
    logLevel: 'warning',
  })
  return (worker) => pathToFileURL(join(to, ...relative(from, fileURLToPath(worker)).split(sep)))
}

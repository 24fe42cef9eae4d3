// The speeds of a training step in a browser, against other libraries: serves bench/browser.html and runs it.
//
//   npm run build && npm ci --ignore-scripts --prefix bench/browser
//   node bench/browser.js [--on cpu,gpu] [--only NAME] [--modes train,head] [--batches 4,16] [--size 224] [--threads 2]
//                         [--seconds 10] [--limit 180]            prints the table as Markdown
//   node bench/browser.js --serve                                 the page, for your browser and GPU
//
// Without the second command the other libraries' rows say that they are not installed. Headless, WebGPU and WebGL run
// on a software adapter, which says little about a GPU. CHROMIUM_PATH names the browser, if it is not Debian's.
import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright'
import { build, preview } from 'vite'

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    on: { type: 'string', default: 'cpu,gpu' },
    only: { type: 'string', default: '' },
    modes: { type: 'string', default: 'train,head' },
    batches: { type: 'string', default: '4,16' },
    size: { type: 'string', default: '224' },
    threads: { type: 'string', default: '' },
    seconds: { type: 'string', default: '10' },
    limit: { type: 'string', default: '180' },
  },
})
const { serve, ...settings } = values
const root = import.meta.dirname
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

/**
 * This package resolves as it does for its dependants, although bench/browser has a package.json of its own; another
 * that is not installed fails when it is imported, not before.
 */
const packages = {
  name: 'packages',
  enforce: 'pre',
  resolveId(id) {
    if (id === 'onnx-finetune') return this.resolve(id, join(root, 'browser.js'), { skipSelf: true })
    if (!/^@(tensorflow|jax-js)\//.test(id)) return undefined
    const [scope, name] = id.split('/')
    return existsSync(join(root, 'browser/node_modules', scope, name)) ? undefined : `\0absent:${scope}/${name}`
  },
  load(id) {
    if (!id.startsWith('\0absent:')) return undefined
    return `throw new Error('${id.slice(8)} is not installed: npm ci --prefix bench/browser')`
  },
}

const config = {
  root,
  configFile: false,
  logLevel: 'error',
  plugins: [packages],
  worker: { format: 'es', plugins: () => [packages] },
  build: {
    outDir: 'browser/dist',
    emptyOutDir: true,
    target: 'esnext',
    minify: false,
    rollupOptions: { input: join(root, 'browser.html') },
  },
  preview: { port: 0, headers: isolation },
}
await build(config)
const server = await preview(config)
const page = new URL('browser.html', server.resolvedUrls.local[0])
if (serve) console.log(`${page}  (Ctrl+C ends it)`)
else {
  await measure(page)
  await server.close()
}

async function measure(address) {
  const executablePath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find((path) => path && existsSync(path))
  const gpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan']
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ executablePath, args: [...gpu, ...sandbox] })
  const tab = await browser.newPage()
  tab.on('console', (message) => message.type() === 'info' && console.error(message.text()))
  await tab.goto(`${address}?${new URLSearchParams(settings)}`)
  const before = loadavg()[0]
  const { markdown } = await tab.evaluate(() => globalThis.measureTable())
  console.log(`${markdown}\n\nLoad of the machine before: ${before.toFixed(1)}`)
  await browser.close()
}

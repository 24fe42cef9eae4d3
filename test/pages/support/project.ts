import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const manifest = JSON.parse(await readFile('package.json', 'utf8'))

/** A project as a user's is: an app, and in node_modules the package and what it needs, as files of its own. */
export async function makeProject(): Promise<{ readonly directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'onnx-finetune-page-'))
  const home = join(directory, 'node_modules/onnx-finetune')
  await mkdir(home, { recursive: true })
  for (const part of ['dist', 'package.json']) await cp(part, join(home, part), { recursive: true })
  for (const name of await withTheirs(Object.keys(manifest.dependencies))) await install(directory, name)
  await installRuntime(directory)
  await cp(resolve('test/pages/support/app.js'), join(directory, 'app.js'))
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({ type: 'module', dependencies: { 'onnx-finetune': '*' } }),
  )
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) }
}

/** Lists packages and, of those that a page needs, the packages that they need. */
async function withTheirs(names: readonly string[]): Promise<readonly string[]> {
  const needed = names.filter(
    (name) => !['jimp', 'commander', 'env-paths'].includes(name) && !name.startsWith('@types/'),
  )
  const theirs = await Promise.all(
    needed.map(async (name) =>
      Object.keys(JSON.parse(await readFile(join('node_modules', name, 'package.json'), 'utf8')).dependencies ?? {}),
    ),
  )
  return [...new Set([...needed, ...theirs.flat()])]
}

async function install(directory: string, name: string): Promise<void> {
  await cp(join('node_modules', name), join(directory, 'node_modules', name), { recursive: true })
}

/** Installs onnxruntime-web without the builds that are for old browsers and for debugging. */
async function installRuntime(directory: string): Promise<void> {
  const [from, to] = ['node_modules/onnxruntime-web', join(directory, 'node_modules/onnxruntime-web')]
  const files = (await readdir(join(from, 'dist'))).filter(
    (name) => /\.(mjs|wasm)$/.test(name) && !/jspi|webgl|all/.test(name),
  )
  for (const file of ['package.json', 'types.d.ts', ...files.map((name) => join('dist', name))]) {
    await mkdir(dirname(join(to, file)), { recursive: true })
    await cp(join(from, file), join(to, file))
  }
}

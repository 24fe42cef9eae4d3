import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { directoryOf } from '../data/support.js'
import { honest, serve } from '../support/fileServer.js'
import { zip } from '../support/zip.js'

const script = fileURLToPath(new URL('user.js', import.meta.url))
const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) >>> 5)
const archive = zip({ 'a/1.png': bytes, 'b/2.png': bytes.subarray(9) })
const server = await serve({ '/f': honest(bytes), '/a.zip': honest(archive) })
afterAll(() => server.close())
const sha256 = (of: Uint8Array) => createHash('sha256').update(of).digest('hex')

/** So many processes that begin at the same moment, and what each said and wrote on its standard error. */
async function together(count: number, ...args: string[]) {
  const children = Array.from({ length: count }, () => spawn(process.execPath, [script, ...args]))
  const said = children.map(() => '')
  for (const [i, child] of children.entries())
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said[i] += text))
  const ended = Promise.all(children.map((child) => once(child, 'close')))
  await Promise.all(children.map((child) => once(child.stdout, 'data')))
  for (const child of children) child.stdin.write('go\n')
  await ended
  return said.map((text) => text.replace('ready\n', '').trim())
}

test.each([
  ['download', '/f', sha256(bytes), sha256(bytes), ['f']],
  ['archive', '/a.zip', sha256(archive), sha256(bytes), [`a.zip.${sha256(archive).slice(0, 16)}`]],
  ['features', '', '', 'whole files', ['features']],
])('processes that use a cache at once (%s) all get the whole, and leave that alone', async (...of) => {
  const [what, path, digest, outcome, left] = of
  const directory = await directoryOf({})
  const said = await together(5, what, directory, `${server.url}${path}`, digest)
  expect(said).toEqual(said.map(() => outcome))
  expect(await readdir(directory)).toEqual(left)
})

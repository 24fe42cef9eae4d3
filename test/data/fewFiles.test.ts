import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { directoryOf, png } from './support.js'

const run = promisify(execFile)
const script = fileURLToPath(new URL('fewFiles.js', import.meta.url))

test.skipIf(process.platform === 'win32')(
  'too few file descriptors are waited for, then an error that says so, and never a reason to leave images out',
  async () => {
    const image = await png(9, 9)
    const names = Array.from({ length: 400 }, (_, i) => `${i % 2 ? 'cat' : 'dog'}/${i}.png`)
    const directory = await directoryOf(Object.fromEntries(names.map((name) => [name, image])))
    const limited = ['-c', 'ulimit -n 320; exec "$0" "$@"', process.execPath, script, directory]
    const { stdout } = await run('sh', limited)
    const outcomes = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const tooMany = { code: 'data/too-many-files', message: expect.stringContaining('raise the limit (ulimit -n)') }
    expect(outcomes).toEqual([
      { name: 'all at once', read: 400 },
      { name: 'before', read: 400, skipped: 0 },
      { name: 'for a while', read: 400, skipped: 0 },
      { name: 'a folder for a while', read: 400 },
      { name: 'for good', ...tooMany },
      { name: 'a folder for good', ...tooMany },
      { name: 'workers', ...tooMany },
    ])
  },
)

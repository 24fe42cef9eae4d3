import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noRedis, type RedisServer, startRedis } from '../cluster/support/redis.js'
import { classifier, linesOf, writeList } from '../jobs/support.js'
import { run } from './support.js'

test('worker and predict say what they need', async () => {
  const errorOf = async (...argv: string[]) => (await run(argv)).stderr
  expect(await errorOf('worker')).toContain('--redis is missing')
  expect(await errorOf('worker', '--redis', 'localhost')).toContain('redis://')
  expect(await errorOf('worker', '--redis', 'redis://me:secret@127.0.0.1:1')).toBe(
    'onnx-finetune: Redis at redis://127.0.0.1:1 cannot be used: connect ECONNREFUSED 127.0.0.1:1. Is it running, and are address and password right?\n',
  )
  expect(await errorOf('predict', classifier)).toContain('give either images or --list FILE')
  expect(await errorOf('predict', classifier, 'a.jpg', '--list', 'b')).toContain('give either images or --list FILE')
  expect(await errorOf('predict', classifier, '--list', 'b')).toContain('--out is missing')
})

if (noRedis) console.warn(`The tests with Redis are skipped: ${noRedis}`)
describe.skipIf(noRedis !== undefined)('with Redis', () => {
  let server: RedisServer
  let worker: ChildProcess
  let told = ''
  beforeAll(async () => {
    server = await startRedis()
    worker = spawn(process.execPath, ['dist/cli/bin.js', 'worker', '--redis', server.url, '--threads', '1'])
    worker.stderr!.on('data', (text) => (told += text))
    await once(worker.stderr!, 'data')
  })
  afterAll(async () => {
    worker.kill('SIGKILL')
    await server.stop()
  })

  test('a worker takes the shards of predict', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'worker-'))
    const [list, out] = [await writeList(directory, 25), join(directory, 'out')]
    const predict = ['predict', classifier, '--list', list, '--out', out, '--shards', '3', '--redis', server.url]
    const ended = await run(predict)
    expect(ended).toEqual({
      code: 0,
      stderr: '',
      stdout: `3 of 3 shards, 25 images, in ${out}\n2 images could not be read: error says why, in their lines\n`,
    })
    const files = (await readdir(out)).filter((name) => name.startsWith('shard')).sort()
    const lines = await Promise.all(files.map((file) => linesOf(join(out, file))))
    expect(lines.map(({ length }) => length)).toEqual([8, 8, 9])
    expect(told).toMatch(/takes jobs, 1 at a time\npredict \S+ begun\npredict \S+ done in \d+\.\d s\n/)

    expect(await run(predict)).toMatchObject({ code: 1, stderr: expect.stringContaining('--resume') })
  })

  test('SIGTERM ends it in good order', async () => {
    worker.kill('SIGTERM')
    const [code] = await once(worker, 'exit')
    expect(code).toBe(143)
    expect(told).toMatch(/finishing the jobs at hand; a second signal ends at once\n$/)
  })

  test('a Redis that forgets jobs is refused', async () => {
    const forgetful = await startRedis(['--maxmemory-policy', 'allkeys-lru'])
    const { code, stderr } = await run(['worker', '--redis', forgetful.url])
    await forgetful.stop()
    expect([code, stderr]).toEqual([1, expect.stringContaining('maxmemory-policy allkeys-lru')])
  })
})

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROGRAM = 'redis-server'

/** The reason why tests with Redis are skipped; undefined if it is there. */
export const noRedis = (() => {
  try {
    execFileSync(PROGRAM, ['--version'])
    return undefined
  } catch {
    return 'redis-server is not installed (Debian: redis-server)'
  }
})()

/** A Redis of a test's own, on loopback, that writes every change to its file. */
export interface RedisServer {
  readonly url: string
  /** Ends it by SIGKILL and starts it anew, with what its file has. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'redis-'))
  const port = await freePort()
  const start = async () => {
    const server = spawn(
      PROGRAM,
      [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
        ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
        ...settings,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    for await (const text of server.stdout) if (String(text).includes('Ready to accept connections')) break
    return server
  }
  const end = async (server: ChildProcess) => {
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }
  let server: ChildProcess = await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    async restart() {
      await end(server)
      server = await start()
    },
    async stop() {
      await end(server)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

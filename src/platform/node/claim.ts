import { createHash } from 'node:crypto'
import { access, constants, mkdir, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Claim } from '../contract.js'

/**
 * Claims a directory, which is created if necessary, for one user. The claim is a local socket named after the
 * directory and not a file in it: the system releases it when the process ends, however it ends. It holds on this
 * machine: processes on other machines that share a disk, or in other containers, are not seen.
 */
export async function claimDirectory(directory: string, platform: string = process.platform): Promise<Claim> {
  await mkdir(directory, { recursive: true })
  await access(directory, constants.W_OK)
  const address = addressOf(await identify(directory), platform)
  const server = await listen(address)
  if (server) return claimOf(server)
  const heldBy = await ask(address)
  if (heldBy !== undefined) return { heldBy }
  // A socket file that a killed process has left; a socket of another kind disappears with its process.
  await rm(address, { force: true }).catch(() => {})
  const second = await listen(address)
  return second ? claimOf(second) : { heldBy: (await ask(address)) ?? 'another process' }
}

/** Identifies a directory, whatever path leads to it. */
async function identify(directory: string): Promise<string> {
  const { dev, ino } = await stat(directory, { bigint: true })
  return createHash('sha256').update(`${dev} ${ino}`).digest('hex').slice(0, 32)
}

function addressOf(identity: string, platform: string): string {
  const name = `onnx-finetune-${identity}`
  if (platform === 'win32') return `\\\\.\\pipe\\${name}`
  return platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`)
}

const claimOf = (server: Server | 'impossible'): Claim => ({
  release: () => new Promise((resolve) => (server === 'impossible' ? resolve() : server.close(() => resolve()))),
})

/**
 * Listens on the socket. Undefined if another process listens there. If a sandbox forbids sockets, processes cannot be
 * distinguished, and all continue without claims.
 */
function listen(address: string): Promise<Server | 'impossible' | undefined> {
  const server = createServer((asking) => {
    asking.on('error', () => {})
    asking.end(String(process.pid))
  })
  return new Promise((resolve) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE' ? undefined : 'impossible'))
    server.listen(address, () => resolve(server))
    server.unref()
  })
}

/** Asks for the identity of the process that listens there; undefined if none does. */
function ask(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address)
    let pid = ''
    // A busy process answers late, but exists.
    socket.setTimeout(2000, () => socket.destroy(new Error('late')))
    socket.on('data', (bytes) => (pid += bytes))
    socket.on('end', () => resolve(`process ${pid}`))
    socket.on('error', ({ message }) => resolve(message === 'late' ? 'another process' : undefined))
  })
}

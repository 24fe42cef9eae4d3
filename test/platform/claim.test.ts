import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import type { Claim } from '../../src/platform/contract.js'
import { claimDirectory } from '../../src/platform/node/claim.js'
import { directoryOf } from '../data/support.js'

const script = fileURLToPath(new URL('claimer.js', import.meta.url))
const claimers: ChildProcess[] = []
afterEach(async () => {
  for (const claimer of claimers.splice(0)) await kill(claimer)
})

/** Another process that claims the directory, and what came of it. */
async function claimer(directory: string, platform: string) {
  const child = spawn(process.execPath, [script, directory, platform], { stdio: ['ignore', 'pipe', 'inherit'] })
  claimers.push(child)
  const [said] = await once(child.stdout!, 'data')
  return { child, said: String(said).trim() }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const release = (claim: Claim) => ('heldBy' in claim ? expect.fail(claim.heldBy) : claim.release())

// By the system's own names, and by a socket in the file system, as on a Mac.
describe.each([...new Set([process.platform, 'darwin'])])('a claim on a directory (%s)', (platform) => {
  const claim = (directory: string) => claimDirectory(directory, platform)

  test('is one for all paths that lead to it, until it is released; other directories are free', async () => {
    const root = await directoryOf({})
    const [directory, link] = [join(root, 'a', 'run'), join(root, 'link')]
    const first = await claim(directory)
    await symlink(directory, link)
    expect(await claim(link)).toEqual({ heldBy: `process ${process.pid}` })
    await release(await claim(join(root, 'b')))
    await release(first)
    await release(await claim(link))
    expect(await readdir(directory)).toEqual([])
  })

  test('goes with its process, however that ends', async () => {
    const directory = await directoryOf({})
    for (let i = 0; i < 2; i++) {
      const { child, said } = await claimer(directory, platform)
      expect(said).toBe('claimed')
      expect(await claim(directory)).toEqual({ heldBy: `process ${child.pid}` })
      await kill(child)
    }
    await release(await claim(directory))
  })

  test('is given to one of many that ask at once', async () => {
    const directory = await directoryOf({})
    const all = await Promise.all(Array.from({ length: 5 }, () => claimer(directory, platform)))
    const [winner, ...more] = all.filter(({ said }) => said === 'claimed')
    expect(more).toEqual([])
    for (const { said, child } of all) if (child !== winner!.child) expect(said).toBe(`process ${winner!.child.pid}`)
  })

  test('keeps no process alive', async () => {
    const directory = await directoryOf({})
    const module = new URL('../../dist/platform/node/claim.js', import.meta.url).href
    const code = `await (await import('${module}')).claimDirectory(${JSON.stringify(directory)}, '${platform}')`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' })
    claimers.push(child)
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

test('a place where no directory can be made is an error', async () => {
  const root = await directoryOf({ file: '' })
  await mkdir(join(root, 'there'))
  await expect(claimDirectory(join(root, 'file', 'run'))).rejects.toThrow('ENOTDIR')
})

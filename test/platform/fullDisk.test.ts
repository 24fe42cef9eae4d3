import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { expectUseful, isPart, snapshot, type Writer, writers } from './support/writers.js'

const place = mkdtempSync(join(tmpdir(), 'disk-'))
const mount = (options: string) =>
  process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place]).status === 0
const isMounted = mount('size=16m')
const reason = isMounted ? '' : ': skipped, for no file system can be mounted here'
mkdirSync(join(place, 'roots'))
afterAll(() => {
  if (isMounted) spawnSync('umount', ['-l', place])
  rmSync(place, { recursive: true, force: true })
})

let roots = 0
async function started(writer: Writer) {
  const root = join(place, 'roots', String(++roots))
  await mkdir(root)
  await writer.before?.(root)
  return { root, before: await snapshot(root) }
}

/** Takes all of the disk but so many bytes. */
async function fill(left: number): Promise<void> {
  const file = await open(join(place, 'filler'), 'w')
  const page = new Uint8Array(4096)
  while (await file.write(page).catch(() => undefined));
  await file.truncate((await file.stat()).size - left)
  await file.close()
}
const empty = () => rm(join(place, 'filler'))

const failure = (action: Promise<unknown>) =>
  action.then(
    () => expect.fail('it was written'),
    (error: unknown) => error,
  )

describe.skipIf(!isMounted).each(Object.entries(writers))(`%s${reason}`, (_, writer) => {
  test('on a full disk is as before, and whole once there is room', async () => {
    const clean = await started(writer)
    await writer.act(clean.root)
    const after = await snapshot(clean.root)
    const sizes = [...after].map(async ([name, digest]) =>
      digest === 'directory' ? 0 : (await stat(join(clean.root, name))).size,
    )
    const largest = Math.max(...(await Promise.all(sizes)))
    await rm(clean.root, { recursive: true })
    const isOther = ([name]: [string, string]) => !isPart(name) && name !== writer.stays
    // Nothing fits, and half of it fits.
    for (const left of new Set([0, Math.floor(largest / 2 / 4096) * 4096])) {
      const { root, before } = await started(writer)
      await fill(left)
      try {
        expectUseful(await failure(writer.act(root)), writer, 'ENOSPC', `${left} bytes left`)
        expect(new Map([...(await snapshot(root))].filter(isOther))).toEqual(before)
      } finally {
        await empty()
      }
      await writer.act(root)
      expect(await snapshot(root)).toEqual(after)
      await rm(root, { recursive: true })
    }
  })

  test('on a disk that is mounted read-only is as before', async () => {
    const { root, before } = await started(writer)
    expect(mount('remount,ro')).toBe(true)
    try {
      expectUseful(await failure(writer.act(root)), writer, 'EROFS', 'read-only')
      expect(await snapshot(root)).toEqual(before)
    } finally {
      mount('remount,rw')
    }
    await rm(root, { recursive: true })
  })
})

import { afterEach, expect, test, vi } from 'vitest'
import { openStore } from '../../src/platform/web/webStore.js'

afterEach(() => void vi.unstubAllGlobals())

/** As much of a page's Cache API as is used: caches by name, responses by address. */
function stubCaches() {
  const stored = new Map<string, Map<string, Response>>()
  vi.stubGlobal('caches', {
    async open(name: string) {
      const responses = stored.get(name) ?? new Map<string, Response>()
      stored.set(name, responses)
      return {
        match: async (address: string) => responses.get(address)?.clone(),
        put: async (address: string, response: Response) => void responses.set(address, response),
      }
    },
  })
  return stored
}

test('a page keeps downloads in its cache', async () => {
  const stored = stubCaches()
  const store = openStore()
  expect(await store.read('net.pth')).toBeUndefined()

  const part = await store.begin('net.pth')
  await part.append(Uint8Array.of(9))
  await part.clear()
  await part.append(Uint8Array.of(1, 2))
  await part.append(Uint8Array.of(3))
  expect(part.size).toBe(3)
  expect(await part.read()).toEqual(Uint8Array.of(1, 2, 3))
  expect(await store.read('net.pth')).toBeUndefined()
  await part.keep()

  expect(await store.read('net.pth')).toEqual(Uint8Array.of(1, 2, 3))
  const file = (await store.open('net.pth'))!
  expect(file.size).toBe(3)
  expect(await file.read(1, 3)).toEqual(Uint8Array.of(2, 3))
  expect(await file.read(2, 9)).toEqual(Uint8Array.of(3))
  expect([...stored.keys()]).toEqual(['onnx-finetune'])
  expect(store.locate('net.pth')).toBe("net.pth in the page's cache onnx-finetune")
  expect(await openStore('other').read('net.pth')).toBeUndefined()
})

test('a page writes whole files, and takes a directory from other pages where it can', async () => {
  stubCaches()
  const store = openStore('run')
  const pieces = async function* () {
    yield Uint8Array.of(1, 2)
    yield Uint8Array.of(3)
  }
  await store.write('step', pieces())
  expect(await store.read('step')).toEqual(Uint8Array.of(1, 2, 3))

  const held = new Set<string>()
  const request = async (name: string, _: unknown, whileHeld: (lock: object | null) => Promise<void>) => {
    if (held.has(name)) return whileHeld(null)
    held.add(name)
    await whileHeld({ name })
    held.delete(name)
  }
  vi.stubGlobal('navigator', { locks: { request } })
  const claim = await store.claim()
  expect(await openStore('run').claim()).toEqual({ heldBy: 'another page' })
  expect(await openStore('other').claim()).toHaveProperty('release')
  if ('release' in claim) await claim.release()
  await new Promise((resolve) => setTimeout(resolve))
  expect(await store.claim()).toHaveProperty('release')
  vi.stubGlobal('navigator', {})
  expect(await store.claim()).toHaveProperty('release')
})

test('a page without a cache downloads all the same', async () => {
  vi.stubGlobal('caches', undefined)
  const store = openStore()
  const part = await store.begin('net.pth')
  await part.append(Uint8Array.of(1))
  await part.keep()
  expect(await part.read()).toEqual(Uint8Array.of(1))
  expect(await store.read('net.pth')).toBeUndefined()
  expect(await store.open('net.pth')).toBeUndefined()
})

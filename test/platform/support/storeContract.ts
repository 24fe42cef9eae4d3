import type { FileStore } from '../../../src/platform/contract.js'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const text = (of: Uint8Array | undefined): string => (of ? [...of].join(' ') : 'nothing')
async function* pieces(...all: Uint8Array[]) {
  yield* all
}
async function* broken() {
  yield bytes(9, 9)
  throw new Error('no more')
}

/**
 * What every store of files does, on whatever platform: each observation, in a form that can be sent from a page.
 *
 * @param open opens a store of that directory, as another program or page would
 */
export async function observeStore(open: (directory: string) => FileStore): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {}
  const store = open('contract/first')
  seen['a directory that is not there is empty'] = [
    text(await store.read('a')),
    await store.open('a'),
    await store.list(),
  ]
  await store.remove('a')

  await store.write('a', pieces(bytes(1, 2), bytes(), bytes(3)))
  seen['a file has all of its pieces'] = text(await open('contract/first').read('a'))
  await store.write('a', [bytes(4, 5, 6, 7)])
  seen['a file is replaced'] = [text(await store.read('a')), await store.list()]
  await store.write('a', broken()).catch((error: Error) => {
    seen['a writer that fails says so'] = error.message
  })
  seen['and leaves the old file, and nothing else'] = [text(await store.read('a')), await store.list()]
  await store.write('empty', [])
  seen['a file may be empty'] = [text(await store.read('empty')), (await store.list()).sort()]
  await store.remove('empty')

  const file = (await store.open('a'))!
  seen['a file is read by ranges'] = [file.size, text(await file.read(1, 3)), text(await file.read(3, 9))]
  await file.close()
  await Promise.all([1, 2, 3, 4].map((value) => store.write('b', [bytes(value, value, value)])))
  seen['of writers at once, one is last'] = new Set(await store.read('b')).size
  await store.remove('b')
  seen['a file is removed'] = [text(await store.read('b')), await store.list()]
  seen['other directories have other files'] = await open('contract/second').list()

  const first = await store.claim()
  seen['a directory is claimed once'] = ['release' in first, 'heldBy' in (await open('contract/first').claim())]
  const other = await open('contract/second').claim()
  seen['others are free'] = 'release' in other
  for (const claim of [first, other]) if ('release' in claim) await claim.release()
  // A lock is given up a little later.
  let again = await open('contract/first').claim()
  while ('heldBy' in again) again = await open('contract/first').claim()
  seen['and again once it is released'] = 'release' in again
  await again.release()

  const part = await store.begin('c')
  await part.append(bytes(1))
  await part.clear()
  await part.append(bytes(1, 2))
  seen['a partial file is not the file'] = [part.size, text(await part.read()), text(await store.read('c'))]
  await part.leave()
  const next = await open('contract/first').begin('c')
  seen['another attempt continues it'] = text(await next.read())
  await next.append(bytes(3))
  await next.keep()
  seen['until it is kept'] = [text(await store.read('c')), (await store.list()).sort()]
  return seen
}

/** What must be observed. */
export const CONTRACT: Record<string, unknown> = {
  'a directory that is not there is empty': ['nothing', undefined, []],
  'a file has all of its pieces': '1 2 3',
  'a file is replaced': ['4 5 6 7', ['a']],
  'a writer that fails says so': 'no more',
  'and leaves the old file, and nothing else': ['4 5 6 7', ['a']],
  'a file may be empty': ['', ['a', 'empty']],
  'a file is read by ranges': [4, '5 6', '7'],
  'of writers at once, one is last': 1,
  'a file is removed': ['nothing', ['a']],
  'other directories have other files': [],
  'a directory is claimed once': [true, true],
  'others are free': true,
  'and again once it is released': true,
  'a partial file is not the file': [2, '1 2', 'nothing'],
  'another attempt continues it': '1 2',
  'until it is kept': ['1 2 3', ['a', 'c']],
}

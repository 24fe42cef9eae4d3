import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type FineTuneError, isFineTuneError } from '../../src/errors.js'
import { readWeights } from '../../src/weights/loadWeights.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { stripPrefixes } from '../../src/weights/stripPrefixes.js'
import { readTorch } from '../../src/weights/torch/readTorch.js'
import { zip } from '../support/zip.js'

const golden = (name: string) => new Uint8Array(readFileSync(new URL(`../golden/torch/${name}`, import.meta.url)))
const expected = (name: string) => readSafetensors(golden(`${name}.safetensors`)).tensors
const sorted = <T>(map: ReadonlyMap<string, T>) => new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)))

async function failure(bytes: Uint8Array): Promise<FineTuneError> {
  const error = await readTorch(bytes).then(
    () => expect.fail('No error'),
    (error: unknown) => error,
  )
  if (!isFineTuneError(error)) throw error
  return error
}

describe('files of torch.save', () => {
  test.each(['types.pth', 'protocol4.pt', 'deflated.pth', 'legacy.pth'])(
    'every element type is read: %s',
    async (name) => {
      expect(sorted(await readTorch(golden(name)))).toEqual(sorted(expected('types')))
    },
  )

  test('views of one storage: offsets and strides are honoured, tied names are one tensor', async () => {
    const { tensors, format } = await readWeights(golden('checkpoint.pth'), 'checkpoint.pth')
    expect(format).toBe('PyTorch')
    expect(sorted(tensors)).toEqual(sorted(expected('views')))
    expect(tensors.get('tied')).toBe(tensors.get('base'))
  })

  test('the state dict of a module', async () => {
    expect(sorted(await readTorch(golden('module.pth')))).toEqual(sorted(expected('module')))
  })

  test('a file is read from the middle of a larger buffer, at any alignment', async () => {
    const file = golden('types.pth')
    const around = new Uint8Array(file.length + 5)
    around.set(file, 3)
    expect(sorted(await readTorch(around.subarray(3, 3 + file.length)))).toEqual(sorted(expected('types')))
  })
})

describe('the network in a checkpoint', () => {
  test.each([
    ['beside an accuracy and an epoch that are tensors, and an optimizer', 'metric'],
    ['in a wrapper in a wrapper, each with a tensor beside', 'nested'],
    ['beside a moving average of it', 'average-beside'],
    ['as a moving average, where that is all there is', 'average-alone'],
    ['as an AveragedModel, which counts', 'averaged-module'],
    ['compiled, whole and in parts, in DataParallel', 'compiled'],
    ['under a name of its own', 'own-name'],
    ['under two names', 'same-twice'],
    ['not wrapped, with an optimizer and extra state', 'outermost'],
  ])('%s', async (_, name) => {
    const { tensors } = await readWeights(golden(`beside-${name}.pth`), name)
    expect(sorted(tensors)).toEqual(sorted(expected('module')))
  })

  const names = ['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var', '1.num_batches_tracked']
  test.each([
    ['two', [['generator'], ['discriminator']], [names, names]],
    ['two-known', [['model'], ['net']], [names, names]],
  ])('that could be one or the other is asked for, with the candidates: %s', async (name, paths, tensors) => {
    const error = await readWeights(golden(`beside-${name}.pth`), 'run.pth').catch((error) => error)
    expect(error.code).toBe('weights/several-state-dicts')
    expect(error.facts.found).toEqual(paths.map((path, i) => ({ path, tensors: tensors[i] })))
    expect(error.message).toContain(`run.pth holds several`)
    expect(error.message).toContain(
      `torch.save(torch.load(path)['${paths.find((path) => path.length > 0)![0]}'], path)`,
    )
  })

  test('names that would become one without their wrapper stay two', () => {
    const tensors = new Map([
      ['a.w', 1],
      ['a._orig_mod.w', 2],
    ])
    expect(stripPrefixes(tensors)).toEqual(tensors)
  })
})

describe('what is refused', () => {
  test('a file from before 1.6 that ends early, or that counts too many elements', async () => {
    const file = golden('legacy.pth')
    for (const length of [16, 200, file.length - 1])
      expect((await failure(file.subarray(0, length))).code).toBe('weights/malformed')
    expect((await failure(file.subarray(0, file.length - 1))).message).toContain('was cut off')
  })

  test('a whole module, by the name of its class', async () => {
    const error = await failure(golden('whole.pth'))
    expect(error.code).toBe('weights/refused-pickle')
    expect(error.message).toContain('asks for torch.nn.modules.container.Sequential')
    expect(error.message).toContain('torch.save(model.state_dict(), path)')
  })

  test('a command, by its name, before it runs', async () => {
    const error = await failure(golden('command.pth'))
    expect(error.code).toBe('weights/refused-pickle')
    expect(error.facts).toEqual({ global: 'posix.system' })
  })

  test('the format from before 0.1.10, a tar, with the way out', async () => {
    const tar = new Uint8Array(512)
    tar.set(new TextEncoder().encode('ustar'), 257)
    const error = await failure(tar)
    expect(error.code).toBe('weights/legacy-torch')
    expect(error.message).toContain('torch.save(torch.load(path')
  })

  test('a file that is nothing known, by its first bytes', async () => {
    const error = await readWeights(new TextEncoder().encode('<!doctype html>'), 'page.pth').catch((error) => error)
    expect(error.message).toBe(
      'page.pth is no file of weights: it begins with 3c 21 64 6f 63 74 79 70. ' +
        'Supported: safetensors, a .pth or .pt that torch.save wrote, an ONNX model',
    )
  })

  test('the file is named in the error', async () => {
    const error = await readWeights(golden('command.pth'), 'command.pth').catch((error) => error)
    expect(error.message).toContain('The PyTorch file command.pth asks for posix.system')
  })
})

/** Pickles by hand: the tensor's storage is key 0 unless told otherwise. */
const text = (value: string) => `X${le32(value.length)}${value}`
const le32 = (value: number) => String.fromCharCode(...new Uint8Array(Uint32Array.of(value).buffer))
const int = (value: number) => `J${le32(value)}`
const name = (module: string, attribute: string) => `c${module}\n${attribute}\n`
const storage = (length = 4, type = 'FloatStorage', key = '0') =>
  `(${text('storage')}${name('torch', type)}${text(key)}${text('cpu')}${int(length)}tQ`
const tensor = (o: { storage?: string; offset?: number; dims?: number[]; strides?: number[] } = {}) => {
  const ints = (values: readonly number[]) => `(${values.map(int).join('')}t`
  const view = `${int(o.offset ?? 0)}${ints(o.dims ?? [4])}${ints(o.strides ?? [1])}`
  return `${name('torch._utils', '_rebuild_tensor_v2')}(${o.storage ?? storage()}${view}\x89)tR`
}
const bytesOf = (pickle: string) => Uint8Array.from(pickle, (character) => character.charCodeAt(0))
const dict = (items: string) => `}(${items}u.`
const file = (pickle: string, entries: Record<string, Uint8Array> = {}, options = {}) =>
  zip({ 'a/data.pkl': bytesOf(`\x80\x02${pickle}`), 'a/data/0': bytesOf('0123456789abcdef'), ...entries }, options)

describe('hostile pickles', () => {
  test('the same by hand is read', async () => {
    const tensors = await readTorch(file(dict(`${text('w')}${tensor()}`)))
    expect(tensors.get('w')).toMatchObject({ type: 'float32', dims: [4] })
  })

  const w = text('w')
  const cases: readonly [string, string, string][] = [
    ['nothing', '', 'cut off'],
    ['a text beyond the end', 'X\xff\xff\xff\x7fabc', 'cut off'],
    ['an empty stack', '.', 'not there'],
    ['a mark as the result', '(.', 'not there'],
    ['a recall of nothing', 'h\x05.', 'recalls value 5'],
    ['a tuple without a mark', 't.', 'never opened'],
    ['an unknown operation', '\xff.', 'pickle operation 0xff'],
    ['an instance of the old kind', '(cos\nsystem\no.', 'os.system'],
    ['INST', '(ios\nsystem\n.', 'pickle operation 0x69'],
    ['NEWOBJ', ')\x81.', 'pickle operation 0x81'],
    ['EXT1', '\x82\x01.', 'pickle operation 0x82'],
    ['a global that is in Object.prototype', name('constructor', 'constructor'), 'constructor.constructor'],
    ['a call of data', '))R.', 'calls something that is no function'],
    ['a call of a dtype', `${name('torch', 'float32')})R.`, 'torch.float32'],
    ['a list that takes itself', `]q\x00h\x00a.`, 'no dictionary'],
    ['a dictionary that holds itself', `}q\x00${text('state_dict')}h\x00s.`, 'no state dict'],
    ['BUILD of a list', ']]b.', 'BUILD of an object'],
    ['items of a tuple', `)${w}${w}s.`, 'no dict'],
    ['an integer of 200 bytes', `\x8a\xc8${'x'.repeat(200)}.`, 'integer of 200 bytes'],
    ['a persistent id that is no storage', `${text('x')}Q.`, 'no storage'],
    ['a negative size', dict(w + tensor({ dims: [-4] })), 'not whole numbers'],
    ['a negative offset', dict(w + tensor({ offset: -1 })), 'not whole numbers'],
    [
      'a view beyond its storage',
      dict(w + tensor({ offset: 1 })),
      'tensor w: its view (shape [4], strides [1], offset 1)',
    ],
    [
      'a storage that lies',
      dict(w + tensor({ storage: storage(1000) })),
      'claims 1000 elements of float32, but has 16',
    ],
    ['a storage that is absent', dict(w + tensor({ storage: storage(4, 'FloatStorage', '7') })), 'storage 7 is not in'],
    [
      'a complex storage',
      dict(w + tensor({ storage: storage(4, 'ComplexFloatStorage') })),
      'torch.ComplexFloatStorage',
    ],
    ['a huge view of one element', dict(w + tensor({ dims: [2 ** 30, 2 ** 30], strides: [0, 0] })), 'would take'],
    [
      'sizes that overflow',
      dict(w + tensor({ dims: Array(40).fill(2 ** 30), strides: Array(40).fill(0) })),
      'would take',
    ],
    [
      'a thousand large views',
      dict(Array.from({ length: 1000 }, (_, i) => text(`w${i}`) + tensor({ dims: [10000], strides: [0] })).join('')),
      'would take',
    ],
    ['no tensor at all', dict(`${w}${int(1)}`), 'its dictionary has w'],
    ['half of a million open marks', '('.repeat(500_000), 'stacks more than'],
    ['POP', '}0.', 'pickle operation 0x30'],
  ]
  test.each(cases)('%s', async (_, pickle, message) => {
    expect((await failure(file(pickle))).message).toContain(message)
  })

  test('tensors beside a dictionary of tensors: either could be the network', async () => {
    const error = await failure(file(dict(`${w}${tensor()}${text('net2')}}(${w}${tensor()}u`)))
    expect(error.message).toContain("the outermost with w; ['net2'] with w")
    expect(error.message).toContain("torch.load(path)['net2']")
  })

  test('a deep nesting is read without recursion', async () => {
    const deep = `${text('deep')}${')'}${'\x85'.repeat(100_000)}`
    const tensors = await readTorch(file(dict(`${deep}${text('w')}${tensor()}`)))
    expect([...tensors.keys()]).toEqual(['w'])
  })

  test('a million objects are too many, before they are made', async () => {
    const row = `${'}'.repeat(100_000)}t`
    expect((await failure(file(`(${Array(11).fill(`(${row}`).join('')}`))).message).toContain(
      'more than 1000000 objects',
    )
  })
})

describe('hostile archives', () => {
  const honest = dict(`${text('w')}${tensor()}`)

  test.each([{ zip64: true }, { deflate: true }, { zip64: true, deflate: true }])('%j is read', async (options) => {
    expect((await readTorch(file(honest, {}, options))).get('w')!.dims).toEqual([4])
  })

  test.each([
    ['no data.pkl', zip({ 'a/b': new Uint8Array(1) }), 'no data.pkl'],
    ['two of them', file(honest, { 'b/data.pkl': new Uint8Array(1) }), '2 data.pkl'],
    ['the bytes of another machine', file(honest, { 'a/byteorder': bytesOf('big') }), "byte order 'big'"],
    [
      'a stored entry that claims more than the file',
      file(honest, {}, { claim: { 'a/data/0': 2 ** 20 } }),
      'beyond the file',
    ],
    [
      'a deflated entry that claims gigabytes',
      file(honest, {}, { deflate: true, claim: { 'a/data/0': 2 ** 31 } }),
      'claim to hold',
    ],
    [
      'a deflated entry that inflates to more than it claims',
      file(honest, { 'a/data/0': new Uint8Array(500_000) }, { deflate: true, claim: { 'a/data/0': 16 } }),
      'does not decompress to its 16 bytes',
    ],
    [
      'a deflated entry that inflates to less',
      file(honest, {}, { deflate: true, claim: { 'a/data/0': 99 } }),
      'does not decompress',
    ],
    [
      'zip64 sizes past 2^53',
      file(honest, {}, { zip64: true, claim: { 'a/data/0': Number.MAX_SAFE_INTEGER } }),
      'beyond the file',
    ],
    ['nothing but a beginning', bytesOf('PK\x03\x04'), 'cut off'],
  ])('%s', async (_, bytes, message) => {
    const error = await failure(bytes)
    expect(error.code).toBe('weights/malformed')
    expect(error.message).toContain(message)
  })

  test('a damaged number is noticed by its CRC-32', async () => {
    const bytes = file(honest)
    const at = bytes.findIndex((_, i) => String.fromCharCode(...bytes.subarray(i, i + 6)) === '012345')
    bytes[at] = 0x31
    expect((await failure(bytes)).message).toContain('a/data/0 is damaged')
  })
})

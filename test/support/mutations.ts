import fc from 'fast-check'

/** Lengths and offsets that a hostile file claims, written as 4 or 8 bytes. */
const LIES = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff]

const change = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('byte' as const), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('lie' as const), at: fc.nat(), value: fc.constantFrom(...LIES), high: fc.nat(3) }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat(), length: fc.nat(40) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 12 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), from: fc.nat(), length: fc.nat(60) }),
)
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

/** One of these files, broken: bits and bytes changed, lengths that lie, parts gone, doubled or put in, the end cut off. */
export function broken(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const how = fc.record({
    file: fc.constantFrom(...files),
    changes: fc.array(change, { minLength: 1, maxLength: 5 }),
    end: fc.option(fc.nat(), { freq: 5 }),
  })
  return how.map(({ file, changes, end }) => {
    const bytes = changes.reduce(apply, file)
    return end === null ? bytes.slice() : bytes.slice(0, end % (bytes.length + 1))
  })
}

function apply(bytes: Uint8Array, how: Change): Uint8Array {
  if (bytes.length === 0) return bytes
  const at = how.at % bytes.length
  const replace = (values: Uint8Array, gone: number) =>
    Uint8Array.from([...bytes.subarray(0, at), ...values, ...bytes.subarray(at + gone)])
  switch (how.kind) {
    case 'flip':
      return replace(Uint8Array.of(bytes[at]! ^ (1 << how.bit)), 1)
    case 'byte':
      return replace(Uint8Array.of(how.value), 1)
    case 'lie': {
      const words = Uint32Array.of(how.value, ...(how.high === 0 ? [how.value] : how.high === 1 ? [0] : []))
      return replace(new Uint8Array(words.buffer), words.byteLength)
    }
    case 'remove':
      return replace(new Uint8Array(), how.length)
    case 'insert':
      return replace(how.bytes, 0)
    case 'repeat': {
      const from = how.from % bytes.length
      return replace(bytes.slice(from, from + how.length), 0)
    }
  }
}

/** A value that looking at throws. */
const hostile = () =>
  new Proxy(
    {},
    {
      get: () => {
        throw new Error('a trap')
      },
      ownKeys: () => {
        throw new Error('a trap')
      },
      getPrototypeOf: () => {
        throw new Error('a trap')
      },
    },
  )

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(8)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

const ownKey = (key: string, value: unknown): object => JSON.parse(`{${JSON.stringify(key)}: ${JSON.stringify(value)}}`)

/** Every kind of value that somebody hands to a function that does not take it. Made anew: some are used up. */
export const wrongValues: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  '-Infinity': () => Number.NEGATIVE_INFINITY,
  '-1': () => -1,
  '0': () => 0,
  '1.5': () => 1.5,
  '2^53': () => 2 ** 53,
  '1e300': () => 1e300,
  'an empty text': () => '',
  'a wrong word': () => 'wrong word',
  'a text of control characters': () => '\u001b[31m\u0000\n',
  __proto__: () => '__proto__',
  constructor: () => 'constructor',
  'an empty object': () => ({}),
  'an object without prototype': () => Object.create(null),
  'an object with an own __proto__': () => ownKey('__proto__', { polluted: true }),
  'an object with an own constructor': () => ownKey('constructor', { prototype: { polluted: true } }),
  'an empty list': () => [],
  'a list of undefined': () => [undefined],
  'a sparse list': () => new Array(3),
  'a list that holds itself': () => {
    const list: unknown[] = []
    list.push(list)
    return list
  },
  'a function': () => () => {},
  'a class': () => class Wrong {},
  'a symbol': () => Symbol('wrong'),
  'a bigint': () => 1n,
  'a map': () => new Map([['wrong', undefined]]),
  'a set': () => new Set([1]),
  'a date that is none': () => new Date(Number.NaN),
  'a regular expression': () => /wrong/,
  'a promise': () => Promise.resolve(1),
  'float64 numbers': () => new Float64Array(2),
  'big integers': () => new BigInt64Array(2),
  'a DataView': () => new DataView(new ArrayBuffer(2)),
  'memory that is gone': detached,
  'an object that throws': hostile,
  'a revoked proxy': revoked,
  'an object whose text throws': () => ({
    toString() {
      throw new Error('a trap')
    },
  }),
}

/** Names that no option has. */
export const wrongNames: readonly string[] = ['wrong', 'Signal', '__proto__', 'constructor', 'toString', '']

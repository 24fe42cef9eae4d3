import type { ImageSample } from './ImageSample.js'
import { type SampleTable, tableOfObjects } from './SampleTable.js'

const tables = new WeakMap<object, SampleTable>()

/**
 * Returns the samples of a table as a list, which makes an object when it is asked for it and keeps none. For those who
 * use it, it is an array that cannot be changed.
 */
export function lazySamples(table: SampleTable): readonly ImageSample[] {
  const samples = new Proxy<ImageSample[]>([], handlerOf(table))
  tables.set(samples, table)
  return samples
}

/** Tells whether a list of samples makes them when it is asked. */
export const isLazy = (samples: unknown): boolean => tables.has(samples as object)

/** Returns the table of a list of samples. */
export const tableOf = (samples: readonly ImageSample[]): SampleTable => tables.get(samples) ?? tableOfObjects(samples)

const INDEX = /^(0|[1-9]\d*)$/

function handlerOf({ length, sampleAt }: SampleTable): ProxyHandler<ImageSample[]> {
  const isIndex = (key: string | symbol): boolean => typeof key === 'string' && INDEX.test(key) && Number(key) < length
  const refuse = () => false
  return {
    get(target, key) {
      if (isIndex(key)) return sampleAt(Number(key))
      return key === 'length' ? length : Reflect.get(target, key)
    },
    has: (target, key) => isIndex(key) || Reflect.has(target, key),
    ownKeys: () => [...Array.from({ length }, (_, index) => String(index)), 'length'],
    getOwnPropertyDescriptor(target, key) {
      if (isIndex(key)) return { value: sampleAt(Number(key)), writable: false, enumerable: true, configurable: true }
      const own = Reflect.getOwnPropertyDescriptor(target, key)
      return own && key === 'length' ? { ...own, value: length } : own
    },
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    preventExtensions: refuse,
    setPrototypeOf: refuse,
  }
}

import type * as Fs from 'node:fs/promises'

/** How a call fails: with a code of POSIX, or by writing only half of the bytes that it was given, or none. */
export type Fault = 'ENOSPC' | 'EIO' | 'EACCES' | 'EROFS' | 'EMFILE' | 'half' | 'none'

interface Plan {
  readonly fault: Fault
  /** The number of the call that fails, from 0. */
  readonly at: number
  /** Whether those after it fail too, as on a disk that stays full. */
  readonly onwards: boolean
}

/** A full disk still gives room back and is read; one that is read-only is read; a broken one does nothing. */
const isLasting = (fault: Fault, call: string): boolean =>
  fault === 'EIO' ||
  (fault === 'EMFILE' && /open|readFile|readdir/.test(call)) ||
  (fault === 'ENOSPC' && /^(open to write|write|sync|mkdir)$/.test(call)) ||
  (['EROFS', 'EACCES'].includes(fault) && /^(open to write|mkdir|rename|rm)$/.test(call))

const isPartial = (fault: Fault): boolean => fault === 'half' || fault === 'none'

class FaultyDisk {
  /** What was asked of it, in turn: `open`, `write`, `sync`, `close`, `rename`, ... */
  calls: string[] = []
  #root: string | undefined
  #plan: Plan | undefined

  /** Carries out an action with what happens below `root` counted, and spoiled as planned. */
  async during<T>(root: string, plan: Plan | undefined, action: () => Promise<T>): Promise<T> {
    this.calls = []
    this.#root = root
    this.#plan = plan
    try {
      return await action()
    } finally {
      this.#root = this.#plan = undefined
    }
  }

  isWatched(path: unknown): boolean {
    return this.#root !== undefined && String(path).startsWith(this.#root)
  }

  /** The fault of this call, if it is to have one. */
  next(call: string): Fault | undefined {
    if (this.#root === undefined) return undefined
    const number = this.calls.push(call) - 1
    const plan = this.#plan
    if (!plan || number < plan.at || (number > plan.at && !plan.onwards)) return undefined
    if (isPartial(plan.fault) && call !== 'write') return undefined
    return number === plan.at || isLasting(plan.fault, call) ? plan.fault : undefined
  }
}

/**
 * The file system below a directory, as a test sees and spoils it. It takes the place of Node's by
 *
 *     vi.mock('node:fs/promises', async (real) => (await import('./faultyDisk.js')).faulty(await real()))
 */
export const disk = new FaultyDisk()

const failure = (code: string, call: string): Error =>
  Object.assign(new Error(`${code}: injected, ${call}`), { code, syscall: call })

const PATHS = ['rename', 'rm', 'mkdir', 'readdir', 'readFile', 'stat', 'access', 'writeFile'] as const

export function faulty(real: typeof Fs): typeof Fs {
  const module: Record<string, unknown> = { ...real }
  for (const name of PATHS)
    module[name] = async (path: never, ...more: never[]) => {
      const fault = disk.isWatched(path) ? disk.next(name) : undefined
      if (fault) throw failure(fault, name)
      return (real[name] as (...args: never[]) => unknown)(path, ...more)
    }
  module.open = async (path: string, flags: string, ...more: never[]) => {
    if (!disk.isWatched(path)) return real.open(path, flags, ...more)
    const call = flags === 'r' ? 'open' : 'open to write'
    const fault = disk.next(call)
    if (fault) throw failure(fault, call)
    return spoiled(await real.open(path, flags, ...more))
  }
  return { ...module, default: module } as unknown as typeof Fs
}

function spoiled(file: Fs.FileHandle): Fs.FileHandle {
  return new Proxy(file, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        const fault = disk.next(String(name))
        if (fault && isPartial(fault)) {
          const [bytes, at, length] = args as [Uint8Array, number, number]
          const taken = fault === 'half' ? Math.ceil(length / 2) : 0
          return taken ? target.write(bytes, at, taken) : { bytesWritten: 0, buffer: bytes }
        }
        // The system gives a file back also where closing it fails.
        if (fault && name === 'close') await target.close()
        if (fault) throw failure(fault, String(name))
        return (value as (...args: unknown[]) => unknown).apply(target, args)
      }
    },
  })
}

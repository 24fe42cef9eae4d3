import { inject } from 'vitest'
import type { Target } from '../../src/lowering/targets.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'

/** The runtime that tests of graphs, sessions and training run on; each vitest project has another. */
export interface Where {
  /** The runtimes, of which the first runs single graphs. */
  readonly runtimes: readonly [RuntimeName, ...RuntimeName[]]
  /** The lowering of graphs that a test lowers itself. */
  readonly target: Target
  readonly executionProviders?: readonly string[]
  readonly threads: number
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly where: Where
    /** The steps after which a page's memory is compared. */
    readonly memorySteps: number
  }
}

export const where: Where = inject('where')

/** The lowering for one of the runtimes. */
export const targetOn = (runtime: RuntimeName): Target => (runtime === where.runtimes[0] ? where.target : 'wasm')

/** The options of sessions, runs and classifiers by which they run there. */
export const settings = {
  threads: where.threads,
  ...(where.executionProviders && { executionProviders: where.executionProviders }),
}

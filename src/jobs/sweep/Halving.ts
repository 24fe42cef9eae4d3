/** A run of settings for the epochs of a rung. */
export interface Trial {
  /** The number of the settings, from 0. */
  readonly settings: number
  /** The number of the rung, from 0: runs of each are longer than those of the one below. */
  readonly rung: number
}

/**
 * Asynchronous successive halving (ASHA; Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020,
 * algorithm 2): settings that are among the best 1 / factor of a rung run on the next one as soon as that is known; if
 * there are none, new settings begin. Nothing ever waits for a rung to be full.
 */
export class Halving {
  /** The results of each rung, by settings, and the settings that have begun on it. */
  readonly #results: readonly Map<number, number>[]
  readonly #begun: readonly Set<number>[]

  /**
   * @param count the number of settings
   * @param rungs the number of rungs, from 1
   */
  constructor(
    readonly count: number,
    readonly rungs: number,
    readonly factor: number,
  ) {
    this.#results = Array.from({ length: rungs }, () => new Map())
    this.#begun = Array.from({ length: rungs }, () => new Set())
  }

  /** Returns the next trial, which has begun then; undefined if there is none until more results come. */
  next(): Trial | undefined {
    const trial = this.#promoted() ?? this.#unbegun()
    if (trial) this.begin(trial)
    return trial
  }

  /** Notes that a trial has begun: it is not given out any more. */
  begin({ settings, rung }: Trial): void {
    this.#begun[rung]!.add(settings)
  }

  /** Notes a result. @param score the higher, the better; -Infinity for a trial that failed, which goes no further */
  tell({ settings, rung }: Trial, score: number): void {
    this.#results[rung]!.set(settings, score)
  }

  /** Finds settings that are ready for a longer run, the longest first. */
  #promoted(): Trial | undefined {
    for (let rung = this.rungs - 1; rung > 0; rung--) {
      const settings = this.#bestOf(rung - 1).find((settings) => !this.#begun[rung]!.has(settings))
      if (settings !== undefined) return { settings, rung }
    }
    return undefined
  }

  #bestOf(rung: number): number[] {
    const results = [...this.#results[rung]!]
    return results
      .sort(([a, first], [b, second]) => (first === second ? a - b : second - first))
      .slice(0, Math.floor(results.length / this.factor))
      .filter(([, score]) => score > Number.NEGATIVE_INFINITY)
      .map(([settings]) => settings)
  }

  #unbegun(): Trial | undefined {
    const begun = this.#begun[0]!
    for (let settings = 0; settings < this.count; settings++) if (!begun.has(settings)) return { settings, rung: 0 }
    return undefined
  }
}

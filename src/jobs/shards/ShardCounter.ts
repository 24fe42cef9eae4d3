/** The progress of a job of many shards. */
export interface ShardProgress {
  readonly shards: number
  /** The shards that are done, now or by an earlier call, and those that failed. */
  readonly done: number
  readonly failed: number
  /** The images of all shards, and of those that are done. */
  readonly images: number
  readonly doneImages: number
  /** The images done in a second, since the call began. */
  readonly imagesPerSecond: number
  /** The seconds that the others will take at that pace; undefined until a shard is done. */
  readonly secondsLeft: number | undefined
}

/** Counts the shards and images that are done. */
export class ShardCounter {
  readonly #begun = performance.now()
  #now = 0
  #done = 0
  #doneImages = 0
  #failed = 0

  constructor(
    readonly shards: number,
    readonly images: number,
  ) {}

  /** Counts a shard that an earlier call has done. */
  countEarlier(images: number): void {
    this.#done++
    this.#doneImages += images
  }

  count(images: number): void {
    this.countEarlier(images)
    this.#now += images
  }

  countFailed(): void {
    this.#failed++
  }

  get progress(): ShardProgress {
    const imagesPerSecond = (1000 * this.#now) / Math.max(performance.now() - this.#begun, 1)
    const left = this.images - this.#doneImages
    return {
      ...{ shards: this.shards, done: this.#done, failed: this.#failed },
      ...{ images: this.images, doneImages: this.#doneImages, imagesPerSecond },
      secondsLeft: imagesPerSecond > 0 ? left / imagesPerSecond : undefined,
    }
  }
}

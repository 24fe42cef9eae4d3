import type { Picture } from '../../transforms/picture.js'

/**
 * Decoded pictures, up to a number of bytes. The first that come stay: every epoch visits each sample once in a random
 * order, and there keeping what one has gives more hits than making room for the newest.
 */
export class PictureCache {
  private readonly pictures = new Map<number, Picture>()
  private free: number

  constructor(bytes: number) {
    this.free = bytes
  }

  get(index: number): Picture | undefined {
    return this.pictures.get(index)
  }

  offer(index: number, image: Picture): void {
    const bytes = image.data.buffer.byteLength
    if (bytes > this.free || this.pictures.has(index)) return
    this.free -= bytes
    this.pictures.set(index, image)
  }
}

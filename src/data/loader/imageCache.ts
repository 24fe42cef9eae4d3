import type { RgbImage } from '../../transforms/rgbImage.js'

/**
 * A cache of decoded images, up to a number of bytes. The first images stay: every epoch visits each sample once in
 * random order, and then keeping the cached images gives more hits than replacing them by the newest.
 */
export class ImageCache {
  private readonly images = new Map<number, RgbImage>()
  private free: number

  constructor(bytes: number) {
    this.free = bytes
  }

  get(index: number): RgbImage | undefined {
    return this.images.get(index)
  }

  offer(index: number, image: RgbImage): void {
    const bytes = image.data.buffer.byteLength
    if (bytes > this.free || this.images.has(index)) return
    this.free -= bytes
    this.images.set(index, image)
  }
}

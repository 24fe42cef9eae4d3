/**
 * The one function of jimp that the library calls, by the browser's own decoder: jimp's build for pages is empty.
 */
export const Jimp = {
  async fromBuffer(
    bytes: ArrayBuffer,
  ): Promise<{ bitmap: { data: Uint8ClampedArray; width: number; height: number } }> {
    const image = await createImageBitmap(new Blob([bytes]), {
      imageOrientation: 'none',
      premultiplyAlpha: 'none',
      colorSpaceConversion: 'none',
    })
    const { width, height } = image
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
    context.drawImage(image, 0, 0)
    image.close()
    return { bitmap: { data: context.getImageData(0, 0, width, height).data, width, height } }
  },
}

/** An instance of a class that this program's TypeScript library knows: that of the page, or none. */
type Known<Name extends string> = typeof globalThis extends { readonly [K in Name]: { prototype: infer Instance } }
  ? Instance
  : never

/** A decoded image of the browser: pixels, a bitmap, a canvas, an `<img>` or the current frame of a video. */
export type PageImage =
  | Known<'ImageData'>
  | Known<'ImageBitmap'>
  | Known<'OffscreenCanvas'>
  | Known<'HTMLCanvasElement'>
  | Known<'HTMLImageElement'>
  | Known<'HTMLVideoElement'>
  | Known<'VideoFrame'>

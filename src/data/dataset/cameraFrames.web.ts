import * as z from 'zod'
import { readPageImage } from '#platform'
import { checkArgument, type Kind } from '../../arguments.js'
import { checkOptions } from '../../options.js'
import { asImage, contiguousImage, cropImage, heightOf, type RgbImage, widthOf } from '../../transforms/rgbImage.js'

export interface CameraOptions {
  /** The least time between two images, in milliseconds. @default 100 */
  readonly every?: number | undefined
  /** True to keep the largest square in the middle. @default false */
  readonly square?: boolean | undefined
  /** True to mirror images, as a person sees themselves. @default false */
  readonly mirror?: boolean | undefined
  /** Aborting it ends the images, without an error: a button that is released, for example. */
  readonly signal?: AbortSignal | undefined
}

const schema = z.strictObject({
  every: z.number().min(0).default(100),
  square: z.boolean().default(false),
  mirror: z.boolean().default(false),
  signal: z.instanceof(AbortSignal).optional(),
})

/**
 * Yields images of a camera or a video, until its end, until the loop is left or the signal is aborted. A stream that
 * was given stays open.
 *
 * @throws FineTuneError 'options/invalid'; the browser's error if the video cannot play
 * @example
 * ```ts
 * import { type LabelledImage } from 'onnx-finetune'
 * import { cameraFrames } from 'onnx-finetune/web'
 *
 * const samples: LabelledImage[] = []
 * const released = new AbortController()
 * const camera = await navigator.mediaDevices.getUserMedia({ video: true })
 * for await (const image of cameraFrames(camera, { square: true, signal: released.signal }))
 *   samples.push({ image, label: 'thumbs up' })
 * ```
 */
export async function* cameraFrames(
  source: HTMLVideoElement | MediaStream,
  options: CameraOptions = {},
): AsyncGenerator<RgbImage, void, undefined> {
  checkArgument('cameraFrames: source', source, sourceKind)
  const { every, square, mirror, signal } = checkOptions(schema, options, 'cameraFrames')
  const video = source instanceof HTMLVideoElement ? source : await play(source)
  try {
    for (let last = Number.NEGATIVE_INFINITY; await nextFrame(video, last + every, signal); ) {
      last = performance.now()
      const { data, width, height } = await readPageImage(video)
      const image = asImage(data, height, width)
      const shown = square ? squareOf(image) : image
      yield square || mirror ? contiguousImage(mirror ? shown.step(1, -1, 1) : shown) : image
    }
  } finally {
    if (video !== source) video.srcObject = null
  }
}

async function play(stream: MediaStream): Promise<HTMLVideoElement> {
  const video = document.createElement('video')
  Object.assign(video, { srcObject: stream, muted: true, playsInline: true })
  await video.play()
  return video
}

/** Waits for the first new frame after a time; false if there will be none, or none is wanted. */
async function nextFrame(video: HTMLVideoElement, from: number, signal: AbortSignal | undefined): Promise<boolean> {
  for (;;) {
    if (signal?.aborted || video.ended || isOver(video)) return false
    const isNew = await untilFrame(video, signal)
    if (isNew && performance.now() >= from && video.videoWidth > 0) return true
  }
}

/** Tells whether the video shows a stream without a track that still runs. */
const isOver = ({ srcObject }: HTMLVideoElement): boolean =>
  srcObject instanceof MediaStream && srcObject.getVideoTracks().every(({ readyState }) => readyState === 'ended')

/** The milliseconds after which it is asked again if a stream has ended, which is no event of a video. */
const PATIENCE = 250

/** Waits for a new frame; false if something else happened, or nothing. */
function untilFrame(video: HTMLVideoElement, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const frame = video.requestVideoFrameCallback(() => end(true))
    const timer = setTimeout(() => end(false), PATIENCE)
    const stop = () => end(false)
    video.addEventListener('ended', stop)
    signal?.addEventListener('abort', stop)
    const end = (isNew: boolean): void => {
      clearTimeout(timer)
      video.cancelVideoFrameCallback(frame)
      video.removeEventListener('ended', stop)
      signal?.removeEventListener('abort', stop)
      resolve(isNew)
    }
  })
}

const squareOf = (image: RgbImage): RgbImage => {
  const [height, width] = [heightOf(image), widthOf(image)]
  const side = Math.min(height, width)
  return cropImage(image, { top: (height - side) >> 1, left: (width - side) >> 1, height: side, width: side })
}

const sourceKind: Kind = {
  expected: 'a video element or a MediaStream',
  is: (value) => value instanceof HTMLVideoElement || value instanceof MediaStream,
}

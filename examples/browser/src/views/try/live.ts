import { call } from '../../engine/engine.js'
import type { Answer } from '../../state/types.js'

export const classifyFile = (file: File): Promise<Answer> => call('classify', file)

/** Classifies what a video shows, one frame after another. Returns the function that ends it. */
export function watch(video: HTMLVideoElement, onAnswer: (answer: Answer) => void): () => void {
  let isOver = false
  const next = async () => {
    while (!isOver) {
      await new Promise(requestAnimationFrame)
      if (isOver || video.readyState < video.HAVE_CURRENT_DATA) continue
      // A camera that starts or ends has no frame for a moment.
      const frame = await createImageBitmap(video).catch(() => undefined)
      const answer = frame && (await call('classify', frame, { transfer: [frame] }).catch(() => undefined))
      if (!isOver && answer) onAnswer(answer)
    }
  }
  void next()
  return () => {
    isOver = true
  }
}

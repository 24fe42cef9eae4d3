import { fromSent } from '../data/loader/sentSample.js'
import { serveParent } from '../threads/serveParent.js'
import { ClassifierEngine } from './ClassifierEngine.js'
import type { ClassifierCalls } from './classifierCalls.js'
import type { ImageFile } from './ImageReader.js'

/** The thread of a classifier that is hosted in a worker. */
let engine: ClassifierEngine | undefined
let opening: Promise<unknown> = Promise.resolve()

/** Serves the calls to the classifier of this thread. */
export function serveClassifier(): void {
  serveParent<ClassifierCalls>({
    handlers: {
      async open([file, name, settings]) {
        const opened = ClassifierEngine.open(file, name, settings)
        opening = opened.catch(() => undefined)
        engine = await opened
        return engine.metadata
      },
      classify([images, top]) {
        const received = images.map(({ name, content }) => ({ name, content: fromSent(content) }) as ImageFile)
        return engine!.classify(received, top)
      },
      // Loading may have been aborted meanwhile.
      async release() {
        await opening
        await engine?.release()
      },
    },
  })
}

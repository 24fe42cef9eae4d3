import { toSent } from '../data/loader/sentSample.js'
import { sessionError } from '../session/errors.js'
import { ownsBuffer } from '../threads/methods.js'
import { WorkerThread } from '../threads/WorkerThread.js'
import { contiguousImage } from '../transforms/rgbImage.js'
import type { Classification } from './Classification.js'
import type { Engine, EngineSettings } from './ClassifierEngine.js'
import type { ClassifierCalls, SentImage } from './classifierCalls.js'
import { deployError } from './errors.js'
import type { ImageFile } from './ImageReader.js'
import type { ClassifierMetadata } from './metadata.js'

/** An engine that decodes and computes in a worker. */
export class HostedEngine implements Engine {
  /**
   * Starts the worker and opens the file there.
   *
   * @param file its memory is transferred if the file fills it
   * @throws FineTuneError 'session/worker-died', and the errors of `loadClassifier`
   */
  static async open(file: Uint8Array, name: string, settings: EngineSettings, signal?: AbortSignal): Promise<Engine> {
    const thread = startWorker()
    try {
      const bytes = owned(file)
      const metadata = await thread.call('open', [bytes, name, settings], { transfer: [bytes.buffer], signal })
      return new HostedEngine(metadata, thread)
    } catch (error) {
      const ended = thread.end(error)
      // An aborted call does not wait for a network that is being opened.
      if (!signal?.aborted) await ended
      throw error
    }
  }

  private constructor(
    readonly metadata: ClassifierMetadata,
    readonly thread: WorkerThread<ClassifierCalls>,
  ) {}

  classify(images: readonly ImageFile[], top: number, signal?: AbortSignal): Promise<Classification[]> {
    const sent = images.map(sentImage)
    const transfer = sent.flatMap(({ buffers }) => buffers)
    return this.thread.call('classify', [sent.map(({ image }) => image), top], { transfer, signal })
  }

  release(): Promise<void> {
    return this.thread.end(deployError('deploy/released', {}))
  }
}

const startWorker = () =>
  new WorkerThread<ClassifierCalls>(
    {
      url: () => new URL('./classifier.worker.js', import.meta.url),
      inPage: 'classifier',
    },
    {
      died: (cause) => sessionError('session/worker-died', { problem: cause.message }, { cause }),
      last: 'release',
    },
  )

/** Returns the image for a transfer: a copy, if the caller may still read it. */
function sentImage({ name, content, isOurs }: ImageFile): { image: SentImage; buffers: readonly ArrayBuffer[] } {
  if (content instanceof Uint8Array) {
    const bytes = isOurs ? owned(content) : new Uint8Array(content)
    return { image: { name, content: { plain: bytes } }, buffers: [bytes.buffer as ArrayBuffer] }
  }
  const { value, buffers } = toSent(contiguousImage(content))
  return { image: { name, content: value }, buffers }
}

/** Returns the same bytes in memory that holds nothing else. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  ownsBuffer(bytes) ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)

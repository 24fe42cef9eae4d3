import type { PageWorker } from '../contract.js'
import { type RuntimeFiles, runtimeFiles, useRuntimeFiles } from './runtimeFiles.js'

/** The first message to a worker. */
interface Beginning {
  readonly begin: PageWorker
  readonly runtimeFiles: RuntimeFiles
}

/** Returns the first message to a worker of that kind. */
export const beginning = (kind: PageWorker): Beginning => ({ begin: kind, runtimeFiles: runtimeFiles() })

/** Begins, in a worker, the kind of work that the first message tells. */
export function beginWork(kinds: Readonly<Record<PageWorker, () => void>>): void {
  const begin = ({ data }: MessageEvent<Beginning>) => {
    useRuntimeFiles(data.runtimeFiles)
    kinds[data.begin]()
  }
  addEventListener('message', begin, { once: true })
}

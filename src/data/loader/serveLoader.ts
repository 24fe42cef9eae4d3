import { serveParent } from '../../threads/serveParent.js'
import type { RgbImage } from '../../transforms/rgbImage.js'
import { readSample } from '../dataset/dataset.js'
import { AT_ONCE, type DatasetCalls, type DecodeCalls } from './decodeCalls.js'
import { openJob, type SampleWork } from './jobs.js'
import { fromSent, toSent } from './sentSample.js'

/** The work of this decode worker, which prepares samples by index until it is stopped. */
let work: Promise<SampleWork>

/** Serves the calls to the decode worker of this thread. */
export function serveLoader(): void {
  const parent = serveParent<DecodeCalls, DatasetCalls>({
    atOnce: AT_ONCE,
    handlers: {
      async open([job, readsElsewhere]) {
        const readHere = (_: number, source: string) => readSample({ classes: [], samples: [{ source, label: 0 }] }, 0)
        const readThere = async (index: number) => fromSent(await parent.call('read', [index])) as Uint8Array | RgbImage
        work = openJob(job, readsElsewhere ? readThere : readHere)
        await work
      },
      prepare: async ([index, epoch, source]) => toSent(await (await work).prepare(index, epoch, source)),
    },
  })
}

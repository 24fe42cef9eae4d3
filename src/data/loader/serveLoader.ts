import { serveParent } from '../../threads/serveParent.js'
import { readSample } from '../dataset/dataset.js'
import { AT_ONCE, type DatasetCalls, type DecodeCalls } from './decodeCalls.js'
import { openJob, type SampleWork } from './jobs.js'
import { toSent } from './sentSample.js'

/** The work of this decode worker, which prepares samples by index until it is stopped. */
let work: Promise<SampleWork>

/** Serves the calls to the decode worker of this thread. */
export function serveLoader(): void {
  const parent = serveParent<DecodeCalls, DatasetCalls>({
    atOnce: AT_ONCE,
    handlers: {
      async open([job, sources, readsElsewhere]) {
        const samples = sources.map((source) => ({ source, label: 0 }))
        const readHere = (index: number) => readSample({ classes: [], samples }, index)
        const read = readsElsewhere ? (index: number) => parent.call('read', [index]) : readHere
        work = openJob(job, { read, sourceOf: (index) => sources[index]! })
        await work
      },
      prepare: async ([index, epoch]) => toSent(await (await work).prepare(index, epoch)),
    },
  })
}

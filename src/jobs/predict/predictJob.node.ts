import { stat } from 'node:fs/promises'
import * as z from 'zod'
import { type JobContext, jobKind } from '../../cluster/JobKind.js'
import type { Classification } from '../../deploy/Classification.js'
import type { Classifier } from '../../deploy/Classifier.js'
import { classifyReadable } from '../../deploy/classifyReadable.js'
import { loadClassifier } from '../../deploy/loadClassifier.js'
import { writeFileWhole } from '../../platform/node/writeFileWhole.js'
import { type ListedImage, rangeSchema, readRange } from '../shards/imageList.node.js'

const schema = z.strictObject({
  /** A path or a URL. */
  classifier: z.string().min(1),
  list: z.string().min(1),
  /** The part of the list. */
  range: rangeSchema,
  /** The file for the predictions. */
  file: z.string().min(1),
  /** The number of classes to list for each image. */
  top: z.int().min(1),
})

export type PredictInput = z.output<typeof schema>

export interface PredictOutput {
  readonly images: number
  readonly unreadable: number
}

/** The images that are decoded and computed at a time. */
const AT_ONCE = 8

/** The predictions for a part of a list, as a file in JSON Lines: a line for each image, in the order of the list. */
export const predictJob = jobKind({
  input: schema,
  async run({ classifier: source, list, range, file, top }, context): Promise<PredictOutput> {
    const classifier = await opened(source, context)
    const images = await readRange(list, range)
    const lines: string[] = []
    let unreadable = 0
    for (let first = 0; first < images.length; first += AT_ONCE) {
      const chunk = images.slice(first, first + AT_ONCE)
      const results = await classifyReadable(
        classifier,
        chunk.map(({ place }) => place),
        { top, signal: context.signal },
      )
      for (const [i, result] of results.entries()) {
        if (result instanceof Error) unreadable++
        lines.push(`${JSON.stringify(recordOf(chunk[i]!, result))}\n`)
      }
    }
    await writeFileWhole(file, lines.join(''))
    return { images: images.length, unreadable }
  },
})

const recordOf = ({ source }: ListedImage, result: Classification | Error): object =>
  result instanceof Error ? { source, error: result.message } : { source, ...result }

/** The classifier of the last job: the next one is mostly of the same. */
let last: { readonly key: string; readonly classifier: Promise<Classifier> } | undefined

async function opened(source: string, { threads }: JobContext): Promise<Classifier> {
  const key = JSON.stringify([source, await versionOf(source), threads])
  if (last?.key === key) return last.classifier
  const before = last
  last = { key, classifier: loadClassifier(source, { threads }) }
  // One that could not be opened is tried anew by the next job.
  last.classifier.catch(() => (last = undefined))
  await before?.classifier.then((classifier) => classifier.release()).catch(() => {})
  return last.classifier
}

/** Returns what changes when a file is replaced. */
async function versionOf(source: string): Promise<string> {
  const facts = await stat(source).catch(() => undefined)
  return facts ? `${facts.mtimeMs} ${facts.size}` : ''
}

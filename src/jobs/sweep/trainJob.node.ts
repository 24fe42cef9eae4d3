import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { jobKind } from '../../cluster/JobKind.js'
import { writeFileWhole } from '../../platform/node/writeFileWhole.js'
import { jobError } from '../errors.js'
import { trainProgram } from './trainProgram.node.js'

const schema = z.strictObject({
  /** The folder of images. */
  images: z.string().min(1),
  /** The options of `onnx-finetune train`, by their names. */
  options: z.record(z.string(), z.json()),
  /** The directory of the run. */
  directory: z.string().min(1),
})
export type TrainInput = z.output<typeof schema>

/** JSON has null for a number that is none. */
const measure = z.union([z.number(), z.null().transform(() => Number.NaN)])

const epochSchema = z.object({
  epoch: z.int(),
  trainLoss: measure,
  /** The measures on the validation images. */
  validation: z.object({ loss: measure, accuracy: measure }).optional(),
})

export const trainOutput = z.object({
  epochs: z.array(epochSchema),
  /** The measures of the trained weights on the validation images. */
  validation: z.object({ loss: measure, accuracy: measure, examples: z.int() }),
  seconds: z.number(),
})
export type TrainOutput = z.output<typeof trainOutput>

/** The files of a run in its directory. */
const RESULT = 'result.json'
export const CLASSIFIER = 'classifier.onnx'
export const REPORT = 'report.html'

/**
 * A training run: `onnx-finetune train` with options from a file. One that was ended resumes from its checkpoint, one
 * that is done is not repeated.
 */
export const trainJob = jobKind({
  input: schema,
  async run({ images, options, directory }, { threads, signal }): Promise<TrainOutput> {
    const known = await readTrainOutput(directory)
    if (known) return known
    await mkdir(directory, { recursive: true })
    const inside = (name: string) => join(directory, name)
    const places = { export: inside(CLASSIFIER), report: inside(REPORT), checkpoint: inside('checkpoint') }
    await writeFileWhole(
      inside('options.json'),
      JSON.stringify({ threads, ...options, ...places, resume: true }, null, 2),
    )
    const { data } = trainOutput.safeParse(await trainProgram(images, inside('options.json'), directory, signal))
    if (!data) throw jobError('jobs/run-failed', { directory, problem: 'it has no images to validate on' })
    await writeFileWhole(inside(RESULT), `${JSON.stringify(data)}\n`)
    return data
  },
})

/** Reads the result of a run from its directory; undefined if it is not done. */
export async function readTrainOutput(directory: string): Promise<TrainOutput | undefined> {
  const text = await readFile(join(directory, RESULT), 'utf8').catch(() => undefined)
  try {
    return text === undefined ? undefined : trainOutput.parse(JSON.parse(text))
  } catch {
    // It is made again.
    return undefined
  }
}

/**
 * Hot dog or not: the value of a pretrained network when there are few images.
 *
 *     npm run hotdog                               drawn images and the small backbone beside this file, offline
 *     npm run hotdog -- --download                 the lesson's photographs and ImageNet's weights
 *     npm run hotdog -- --data DIR --weights FILE  with files of your own; --help shows the rest
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isFineTuneError, saveWeights } from 'onnx-finetune'
import { showProgress, writeReport } from 'onnx-finetune/node'
import { downloadLesson, drawImages, type Images, openImages } from './images.js'
import { type Options, readOptions, UsageError } from './options.js'
import { prepare } from './run.js'
import { writeSheet } from './sheet.js'
import { NAMES, type Outcome, summary, table } from './table.js'
import { downloadLines, type Tell, teller } from './tell.js'
import { USAGE } from './usage.js'

/** The number of drawn images of each class for testing. */
const TEST_IMAGES = 150
/** The command that repeats this run. */
const COMMAND = ['npm run hotdog', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ')

async function main(options: Options): Promise<void> {
  const tell = teller(options.json)
  const images = await getImages(options, tell)
  const { directory, train, test } = images
  const beside = (name: string) => (options.source === 'drawn' ? join(directory, name) : name)
  const sheet = beside('hotdog-sheet.png')
  await writeSheet(train, sheet)
  const counts = { train: train.samples.length, test: test.samples.length }
  tell(`${counts.train} images to train, ${counts.test} to test: ${directory}`, {
    type: 'data',
    directory,
    ...counts,
  })
  tell(`a look at them: ${sheet}`, { type: 'sheet', file: sheet })

  const outcomes: Outcome[] = []
  for (const start of options.runs) {
    if (options.runs.length > 1) tell(`\n${NAMES[start]}`, { type: 'run', start })
    const { model, run } = await prepare(start, options, images, downloadLines(tell))
    outcomes.push({ start, result: await showProgress(run, { stream: process.stdout, json: options.json }) })
    const isFirst = start === options.runs[0]
    if (isFirst) {
      const file = options.save ?? beside('hotdog.safetensors')
      await writeFile(file, saveWeights(model))
      tell(`weights: ${file}`, { type: 'weights', file })
    }
    if (options.report !== undefined) {
      const file = isFirst ? options.report : secondName(options.report)
      await writeReport(run, file, { title: `Hot dog or not, ${NAMES[start]}`, command: COMMAND })
      tell(`report: ${file}`, { type: 'report', file })
    }
  }
  if (outcomes.length > 1) tell(`\n${table(outcomes)}`, { type: 'comparison', runs: summary(outcomes) })
}

/** Returns the name of a file of the other run: report.html becomes report-scratch.html. */
const secondName = (file: string): string => file.replace(/(\.[^./\\]*)?$/, (ending) => `-scratch${ending}`)

async function getImages(options: Options, tell: Tell): Promise<Images> {
  if (options.source === 'folder') return openImages(options.data!)
  if (options.source === 'download') return downloadLesson(downloadLines(tell))
  tell('drawing images ...', { type: 'drawing' })
  return drawImages(options.images, TEST_IMAGES, options.seed)
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options) await main(options)
  else console.log(USAGE)
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\nnpm run hotdog -- --help shows all options`)
  else if (isFineTuneError(error)) console.error(error.message)
  else throw error
  process.exitCode = error instanceof UsageError ? 2 : 1
}

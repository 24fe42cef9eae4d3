import { type FineTuneEvent, type FineTuneRun, fineTune, type Model } from '../../index.js'
import { showProgress } from '../../node.js'
import { checkpointOptions, checkpointsOf, keepCommand } from '../finetune/checkpoints.js'
import { isFromScratch, networkOptions, openNetwork } from '../finetune/network.js'
import { openPictures, pictureOptions } from '../finetune/pictures.js'
import { optimizerOf, recipeOptions, scheduleOf } from '../finetune/recipe.js'
import { demandPlaces, rescue, resultOptions, type Training, writeResults } from '../finetune/results.js'
import { augmentationOptions, trainingViews } from '../options/augmentation.js'
import { command } from '../options/Command.js'
import { choice, names, type Options, section, type Values, whole } from '../options/options.js'
import { percent } from '../terminal/format.js'
import { table } from '../terminal/layout.js'
import type { Output } from '../terminal/Output.js'
import { quoted } from '../terminal/quoted.js'

const machineOptions = section('Machine', {
  seed: whole('decides the split, the new head, order and augmentation', { default: 0 }),
  threads: whole('threads of the arithmetic', { min: 1, otherwise: 'all processors' }),
  workers: whole('threads that load pictures', { otherwise: 'one less than processors, 1 to 4' }),
  runtime: choice(['onnxruntime-node', 'onnxruntime-web'], 'which ONNX Runtime', { otherwise: 'what is installed' }),
  providers: names('execution providers of ONNX Runtime, in order: webgpu,cpu', { otherwise: 'cpu' }),
} satisfies Options)

const options = {
  ...resultOptions,
  ...checkpointOptions,
  ...networkOptions,
  ...recipeOptions,
  ...pictureOptions,
  ...section('Augmentation', augmentationOptions),
  ...machineOptions,
}

export const train = command({
  name: 'train',
  summary: 'fine-tune a network on a folder of pictures',
  positionals: [
    {
      placeholder: 'DIR',
      summary: 'a folder of pictures for each class, or a directory with such folders in train/ and in test/ or val/',
      completion: 'directory',
    },
  ],
  options,
  examples: [
    { line: 'train photos', says: 'a ResNet-18 with ImageNet weights, five epochs, into classifier.onnx' },
    {
      line: 'train photos --epochs 10 --freeze layer3 --save run.safetensors --export photos.onnx',
      says: 'only the last stage and the head, and what comes of it as weights too',
    },
    {
      line: 'train photos --weights none --optimizer adamw --batch-size 64',
      says: 'from scratch',
    },
    { line: 'train photos --checkpoint run', says: 'so that resume run goes on with it after whatever ends it' },
    { line: 'train photos --config train.json --seed 1', says: 'options from a file, but for the seed' },
  ],
  async run({ args: [directory], options, out, line, signal }) {
    await demandPlaces(options)
    const checkpoints = checkpointsOf(options)
    const pictures = await openPictures(directory!, options)
    if (!out.json) out.note(pictures.summary)
    const model = await openNetwork(options, pictures.train.classes, { out, signal })
    if (!out.json) out.note(describe(model))
    for (const { message } of model.warnings) out.note(`warning: ${message}`)
    const run = fineTune(model, {
      train: pictures.train,
      validation: pictures.validation,
      trainTransform: trainingViews(options, model.preprocessing),
      optimizer: optimizerOf(model, options, isFromScratch(options)),
      schedule: scheduleOf(options),
      ...settings(options),
      ...checkpoints,
      signal,
    })
    const training = { model, run, command: line }
    const { validation, written } = await carryOut(training, options, {
      out,
      signal,
      begun: () => keepCommand(directory!, options),
    })
    const files = Object.fromEntries(written)
    if (out.json) out.record({ type: 'files', files })
    else
      out.result(files, () => [
        ...(validation
          ? [`validation accuracy ${percent(validation.accuracy)} on ${validation.examples} pictures`]
          : []),
        ...table(written),
      ])
    return 0
  },
})

type TrainOptions = Values<typeof options>

const settings = (options: TrainOptions) => ({
  epochs: options.epochs,
  budget: options.budget,
  batchSize: options['batch-size'],
  accumulate: options.accumulate,
  clipGradients: options['clip-norm'] === undefined ? undefined : { norm: options['clip-norm'] },
  onDiverged: options['retry-diverged'] === undefined ? undefined : { times: options['retry-diverged'] },
  keep: options.keep,
  patience: options.patience,
  cacheFeatures: options['feature-views'] === undefined ? undefined : { views: options['feature-views'] },
  seed: options.seed,
  threads: options.threads,
  workers: options.workers,
  runtime: options.runtime,
  executionProviders: options.providers,
  autoOrient: options['auto-orient'],
  onError: options['skip-unreadable'] ? ('skip' as const) : ('throw' as const),
})

/** A run, with something to be done once it has begun: one that is refused changes nothing. */
async function* afterFirst(run: FineTuneRun, act: () => Promise<void>): AsyncGenerator<FineTuneEvent> {
  let isFirst = true
  for await (const event of run) {
    if (isFirst) await act()
    isFirst = false
    yield event
  }
}

/** Progress on stderr, with --json as lines on stdout. Where something goes wrong, what has been trained is kept. */
async function carryOut(
  training: Training,
  options: TrainOptions,
  { out, signal, begun }: { readonly out: Output; readonly signal: AbortSignal; readonly begun: () => Promise<void> },
) {
  out.clearStatus()
  const { stdout, stderr } = out.streams
  const { run } = training
  try {
    const { validation } = await showProgress(afterFirst(run, begun), {
      stream: out.json ? stdout : stderr,
      json: out.json,
    })
    return { validation, written: await writeResults(training, options, signal) }
  } catch (error) {
    if (run.record.steps.length > 0) for (const line of await rescue(training, options)) out.note(line)
    if (options.checkpoint !== undefined) out.note(`go on with: onnx-finetune resume ${quoted(options.checkpoint)}`)
    throw error
  }
}

function describe({ architecture, trainable, parameters, inputSize }: Model): string {
  const { height, width } = inputSize
  const frozen = parameters.length - trainable.length
  const layers = frozen > 0 ? `, ${frozen} of ${parameters.length} parameters frozen` : ''
  return `${architecture}, pictures of ${width} x ${height}${layers}`
}

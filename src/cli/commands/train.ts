import {
  type AutomaticResult,
  type FineTuneOptions,
  type FineTuneResult,
  type FineTuneRun,
  fineTune,
  fineTunePhases,
  freezeBatchNorm,
  type Model,
} from '../../index.js'
import { cliError } from '../errors.js'
import { carryOut } from '../finetune/carryOut.js'
import { checkpointsOf, keepCommand } from '../finetune/checkpoints.js'
import { type Images, openImages } from '../finetune/images.js'
import { isFromScratch, openNetwork } from '../finetune/network.js'
import { optimizerOf } from '../finetune/optimizer.js'
import {
  automaticCommandOf,
  automaticSettingsOf,
  settingsOf,
  type TrainOptions,
  trainOptions,
} from '../finetune/options.js'
import { phasesOf } from '../finetune/phases.js'
import { isAutomatic, refuseContradictions, scheduleOf } from '../finetune/recipe.js'
import { demandPlaces } from '../finetune/results.js'
import { trainingViews } from '../options/augmentation.js'
import { command } from '../options/Command.js'
import { percent } from '../terminal/format.js'
import { table } from '../terminal/layout.js'

export const train = command({
  name: 'train',
  summary: 'fine-tune a network on a folder of images',
  positionals: [
    {
      placeholder: 'DIR',
      summary:
        'a folder of images for each class; or a directory with such folders in train/ and in test/ or val/; or a project, NAME.finetune.zip',
      completion: 'file',
    },
  ],
  options: trainOptions,
  examples: [
    {
      line: 'train photos',
      says: 'the best of a ResNet-18 with ImageNet weights within 12 minutes, into classifier.onnx',
    },
    {
      line: 'train photos --epochs 10 --freeze layer3 --save run.safetensors --export photos.onnx',
      says: 'only the last stage and the head, and what comes of it as weights too',
    },
    {
      line: 'train photos --weights none --optimizer adamw --batch-size 64',
      says: 'from scratch',
    },
    { line: 'train photos --checkpoint run', says: 'so that resume run goes on with it after whatever ends it' },
    {
      line: 'train photos --calibrate --save-project photos.finetune.zip',
      says: 'images, labels and a calibrated classifier in one file, which train, evaluate and predict take',
    },
    { line: 'train photos --config train.json --seed 1', says: 'options from a file, but for the seed' },
  ],
  async run({ args: [directory], options, given, out, line, signal }) {
    await demandPlaces(options)
    const automatic = isAutomatic(options, given)
    refuseContradictions(options)
    const checkpoints = checkpointsOf(options)
    const images = await openImages(directory!, options)
    demandValidation(options, images)
    if (!out.json) out.note(images.summary)
    const model = await openNetwork(options, images.train.classes, {
      ...{ out, signal },
      keeps: automatic && options.reuse === undefined,
    })
    if (options['batch-norm'] === 'frozen') freezeBatchNorm(model)
    if (!out.json) out.note(describe(model))
    for (const { message } of model.warnings) out.note(`warning: ${message}`)
    const { train, validation } = images
    const trainTransform = trainingViews(options, model.preprocessing)
    const run = automatic
      ? fineTune(model, {
          ...automaticSettingsOf(options, given, trainTransform),
          ...{ train, validation, signal, ...checkpoints },
        })
      : manualRun(model, options, { train, validation, trainTransform, signal, ...checkpoints })
    const training = { model, run, images, command: line }
    const begun = () => keepCommand(directory!, automatic ? automaticCommandOf(options, given) : options)
    const { result, written } = await carryOut(training, options, { out, signal, begun })
    const files = Object.fromEntries(written)
    if (out.json) out.record({ type: 'files', files })
    else
      out.result(files, () => [
        ...('recipe' in result ? (result as AutomaticResult).recipe.advice : []),
        ...measured(result),
        ...table(written),
      ])
    return 0
  },
})

/** Returns the run that the options describe, of one phase or two. */
function manualRun(
  model: Model,
  options: TrainOptions,
  data: Pick<FineTuneOptions, 'train' | 'validation' | 'trainTransform' | 'signal' | 'checkpoint' | 'resume'>,
): FineTuneRun {
  const { epochs, budget, ...settings } = settingsOf(options)
  const common = { ...data, schedule: scheduleOf(options), ...settings }
  const [fromScratch, freezeEpochs] = [isFromScratch(options), options['freeze-epochs']]
  return freezeEpochs === undefined
    ? fineTune(model, { ...common, epochs, budget, optimizer: optimizerOf(model, options, fromScratch) })
    : fineTunePhases(model, { ...common, phases: phasesOf(model, options, freezeEpochs, fromScratch) })
}

const measured = ({ validation }: FineTuneResult): string[] =>
  validation
    ? [
        `validation accuracy ${percent(validation.accuracy)} on ${validation.examples} images`,
        ...(validation.recallAt ? [`recall@1 ${percent(validation.recallAt[1]!)}`] : []),
      ]
    : []

/** Demands images to measure on for what needs them. @throws FineTuneError 'cli/bad-option' */
function demandValidation(options: TrainOptions, { validation }: Images): void {
  const option = (['calibrate', 'explanations'] as const).find((name) => options[name])
  if (option && !validation)
    throw cliError('cli/bad-option', {
      option: `--${option}`,
      expected: 'with images to measure on',
      received: '--validation-split 0',
    })
}

function describe({ architecture, trainable, parameters, inputSize }: Model): string {
  const { height, width } = inputSize
  const frozen = parameters.length - trainable.length
  const layers = frozen > 0 ? `, ${frozen} of ${parameters.length} parameters frozen` : ''
  return `${architecture}, images of ${width} x ${height}${layers}`
}

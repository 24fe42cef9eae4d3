import {
  type Backbone,
  exportClassifier,
  isFineTuneError,
  type QuantizeOptions,
  quantizeClassifier,
} from '../../index.js'
import { ImageFolder } from '../../node.js'
import { cliError } from '../errors.js'
import { splitFolders } from '../files/imageFolders.js'
import { demandPlace } from '../files/outputFiles.js'
import { asModel, type LoadOptions, loadNetwork } from '../files/savedNetwork.js'
import { command } from '../options/Command.js'
import { embeddingOf, embeddingOutput } from '../options/embeddingOutput.js'
import { choice, directory, file, flag, names, whole } from '../options/options.js'
import { bytes as inBytes, percent } from '../terminal/format.js'
import type { Output } from '../terminal/Output.js'

export const exportCommand = command({
  name: 'export',
  summary: 'make one .onnx of weights, with class names and preprocessing inside',
  positionals: [
    {
      placeholder: 'WEIGHTS',
      summary:
        'what train saved: safetensors; or a PyTorch file of a network by name, or the .onnx of any image classifier',
      completion: 'file',
    },
  ],
  options: {
    output: file('where the classifier goes', { short: 'o', default: 'classifier.onnx' }),
    classes: names('names of the classes, in order', { otherwise: 'those in the file' }),
    'classes-from': directory('take the names from the folders in DIR', {}),
    'image-size': whole('side of the images that the network sees, in pixels', {
      min: 1,
      otherwise: 'what the file says, or 224',
    }),
    precision: choice(['float32', 'float16'], 'float16 halves the file', { default: 'float32' }),
    'embedding-output': embeddingOutput,
    'top-k': whole('two more outputs: the N most probable classes and their probabilities', {
      min: 1,
      otherwise: 'none',
    }),
    int8: flag('round weights and arithmetic to 8 bits, with the images of --calibrate: a quarter of the size', {}),
    calibrate: directory('images for --int8, a folder for each class: sets the ranges (train/), measures (test/)', {}),
    'ignore-transforms': flag('export although a transform of the training cannot be written into the file', {}),
    threads: whole('threads of the check that the file computes what the weights do', {
      min: 1,
      otherwise: 'all processors',
    }),
  },
  examples: [
    { line: 'export hotdog.safetensors -o hotdog.onnx', says: 'weights that train saved' },
    { line: 'export hotdog.safetensors --int8 --calibrate photos', says: 'int8, and what it costs in accuracy' },
    { line: 'export resnet18.pth --classes-from photos/train --precision float16', says: 'weights of a PyTorch model' },
  ],
  async run({ args: [source], options, out, signal }) {
    const { output, precision, threads } = options
    await demandPlace('--output', output)
    demandCalibration(options)
    const given = options['classes-from'] ? (await ImageFolder(options['classes-from'])).classes : options.classes
    const network = await namedNetwork(source!, given, { imageSize: options['image-size'], signal })
    const model = asModel('export', source!, network)
    const { classes } = model
    const ignoreTransforms = options['ignore-transforms'] === true
    const topK = options['top-k']
    const embedding = embeddingOf(options['embedding-output'])
    const exported = { precision, threads, ignoreTransforms, embedding, topK, signal }
    if (options.calibrate !== undefined) {
      const float32 = await exportClassifier(model, undefined, exported)
      const data = await writeInt8(float32, options.calibrate, { path: output, threads, signal }, out)
      out.result({ ...data, classes }, () => described(data))
      return 0
    }
    const file = await exportClassifier(model, output, exported)
    out.result({ path: output, bytes: file.length, precision, classes }, () => [
      `${output}: ${inBytes(file.length)}, ${precision}, ${classes.length} classes`,
    ])
    return 0
  },
})

interface CalibrationOptions {
  readonly int8?: boolean | undefined
  readonly calibrate?: string | undefined
  readonly precision: string
}

/** Checks that there are images for int8, and no other precision. @throws FineTuneError 'cli/arguments' */
function demandCalibration(options: CalibrationOptions): void {
  const refuse = (problem: string) => cliError('cli/arguments', { command: 'export', problem })
  if (options.int8 && options.calibrate === undefined)
    throw refuse('--int8 needs --calibrate DIR, images like those that will be classified')
  if (!options.int8 && options.calibrate !== undefined) throw refuse('--calibrate is for --int8 only')
  if (options.int8 && options.precision !== 'float32') throw refuse('--int8 and --precision contradict each other')
}

/** Writes a classifier in int8. @returns the data of the result */
async function writeInt8(float32: Uint8Array, calibrate: string, options: QuantizeOptions, out: Output) {
  const folders = await splitFolders(calibrate)
  const validation = folders.validation === undefined ? undefined : await ImageFolder(folders.validation)
  const { bytes, bytesBefore, effect } = await quantizeClassifier(float32, await ImageFolder(folders.train), {
    ...options,
    validation,
    onProgress: ({ part, images, done }) => out.status(`${part}: image ${done} of ${images}`),
  })
  return { path: String(options.path), bytes: bytes.length, bytesBefore, precision: 'int8', effect } as const
}

function described({ path, bytes, bytesBefore, effect }: Awaited<ReturnType<typeof writeInt8>>): string[] {
  const { accuracy, agreement, images } = effect
  const right = accuracy && `${percent(accuracy.int8)} of ${images} images right, float32 ${percent(accuracy.float32)}`
  const same = agreement !== undefined && `the same answer as float32 for ${percent(agreement)}`
  return [
    `${path}: ${inBytes(bytes)}, int8, float32 has ${inBytes(bytesBefore)}`,
    [right, same].filter(Boolean).join('; '),
  ]
}

/** Loads the network of a file. Given class names replace those of the file, if it has any, and must be as many. */
async function namedNetwork(
  source: string,
  classes: readonly string[] | undefined,
  options: Omit<LoadOptions, 'classes'>,
): Promise<Backbone> {
  try {
    return await loadNetwork(source, { classes, ...options })
  } catch (error) {
    if (!isFineTuneError(error, 'backbones/contradiction') || error.facts.option !== 'classes') throw error
    const own = await loadNetwork(source, options)
    if (classes?.length !== own.classes?.length) throw error
    return { ...own, classes }
  }
}

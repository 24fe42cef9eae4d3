import { type Backbone, exportClassifier, isFineTuneError } from '../../index.js'
import { ImageFolder } from '../../node.js'
import { demandPlace } from '../files/outputFiles.js'
import { asModel, type LoadOptions, loadNetwork } from '../files/savedNetwork.js'
import { command } from '../options/Command.js'
import { choice, directory, file, flag, names, whole } from '../options/options.js'
import { bytes as inBytes } from '../terminal/format.js'

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
    'top-k': whole('two more outputs: the N most probable classes and their probabilities', {
      min: 1,
      otherwise: 'none',
    }),
    'ignore-transforms': flag('export although a transform of the training cannot be written into the file', {}),
    threads: whole('threads of the check that the file computes what the weights do', {
      min: 1,
      otherwise: 'all processors',
    }),
  },
  examples: [
    { line: 'export hotdog.safetensors -o hotdog.onnx', says: 'weights that train saved' },
    { line: 'export resnet18.pth --classes-from photos/train --precision float16', says: 'weights of a PyTorch model' },
  ],
  async run({ args: [source], options, out, signal }) {
    const { output, precision, threads } = options
    await demandPlace('--output', output)
    const given = options['classes-from'] ? (await ImageFolder(options['classes-from'])).classes : options.classes
    const network = await namedNetwork(source!, given, { imageSize: options['image-size'], signal })
    const model = asModel('export', source!, network)
    const { classes } = model
    const ignoreTransforms = options['ignore-transforms'] === true
    const topK = options['top-k']
    const file = await exportClassifier(model, output, { precision, threads, ignoreTransforms, topK, signal })
    out.result({ path: output, bytes: file.length, precision, classes }, () => [
      `${output}: ${inBytes(file.length)}, ${precision}, ${classes.length} classes`,
    ])
    return 0
  },
})

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

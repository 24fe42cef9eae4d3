import {
  type Backbone,
  exportClassifier,
  FineTuneError,
  loadBackbone,
  loadOnnxBackbone,
  loadWeights,
  Model,
  recogniseBackbone,
} from '../../index.js'
import { ImageFolder } from '../../node.js'
import { command } from '../Command.js'
import { bytes as inBytes } from '../format.js'
import { choice, directory, file, names, whole } from '../options.js'
import { demandPlace } from '../outputFiles.js'

export const exportCommand = command({
  name: 'export',
  summary: 'make one .onnx of weights, with class names and preprocessing inside',
  positionals: [
    {
      placeholder: 'WEIGHTS',
      summary: 'what train saved: safetensors; or a PyTorch file of a resnet, or the .onnx of any image classifier',
      completion: 'file',
    },
  ],
  options: {
    output: file('where the classifier goes', { short: 'o', default: 'classifier.onnx' }),
    classes: names('names of the classes, in order', { otherwise: 'those in the file' }),
    'classes-from': directory('take the names from the folders in DIR', {}),
    'image-size': whole('side of the pictures that the network sees, in pixels', {
      min: 1,
      otherwise: '224, or what an .onnx says',
    }),
    precision: choice(['float32', 'float16'], 'float16 halves the file', { default: 'float32' }),
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
    const backbone = await load(source!, { classes: given, imageSize: options['image-size'], signal })
    const { classes } = backbone
    if (!classes)
      throw new FineTuneError('cli/arguments', {
        command: 'export',
        problem: `${source} names no classes: pass --classes A,B,..`,
      })
    const file = await exportClassifier(new Model({ ...backbone, classes }), output, { precision, threads, signal })
    out.result({ path: output, bytes: file.length, precision, classes }, () => [
      `${output}: ${inBytes(file.length)}, ${precision}, ${classes.length} classes`,
    ])
    return 0
  },
})

interface LoadOptions {
  readonly classes: readonly string[] | undefined
  readonly imageSize: number | undefined
  readonly signal: AbortSignal
}

async function load(source: string, { classes, imageSize, signal }: LoadOptions): Promise<Backbone> {
  const { format, tensors } = await loadWeights(source, signal)
  const recognised = recogniseBackbone(tensors)
  if (format === 'ONNX' && !recognised) return loadOnnxBackbone(source, { classes, imageSize, signal })
  // Where none is recognised, the error of the usual one says what is missing.
  const { backbone = 'resnet18', width } = recognised ?? {}
  return loadBackbone(backbone, { weights: pathOf(source), width, classes, imageSize, signal })
}

/** `loadBackbone` takes a bare word for a name of published weights. */
const pathOf = (source: string): string => (/^\w+$/.test(source) ? `./${source}` : source)

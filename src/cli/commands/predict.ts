import type { Classification, Classifier, ClassifyOptions } from '../../index.js'
import { cliError } from '../errors.js'
import { isUnreadable } from '../evaluate/classifyAll.js'
import { listOptions, predictList } from '../evaluate/predictList.js'
import { openClassifier } from '../files/savedNetwork.js'
import { command } from '../options/Command.js'
import { whole } from '../options/options.js'
import { percent } from '../terminal/format.js'
import { table } from '../terminal/layout.js'

export const predict = command({
  name: 'predict',
  summary: 'say what is in images, by a classifier that train or export made',
  positionals: [
    { placeholder: 'MODEL.onnx', summary: 'the classifier', completion: 'file' },
    { placeholder: 'IMAGE', summary: 'files or URLs of images', completion: 'file', many: true, optional: true },
  ],
  options: {
    top: whole('classes to list for each image, the best first', { min: 1, default: 3 }),
    threads: whole('threads of the arithmetic', { min: 1, otherwise: 'all processors' }),
    ...listOptions,
  },
  examples: [
    { line: 'predict classifier.onnx lunch.jpg', says: 'one image' },
    { line: 'predict photos.finetune.zip lunch.jpg', says: 'by the classifier of a project' },
    {
      line: 'predict classifier.onnx *.jpg --top 1 --json',
      says: 'many images, the best class of each, for a program',
    },
    {
      line: 'predict classifier.onnx --list images.txt --out predictions --redis redis://10.0.0.5',
      says: 'millions of images, on many machines',
    },
  ],
  async run(invocation) {
    const { args, options, out, signal } = invocation
    const [model, ...images] = args
    if (options.list !== undefined && images.length === 0) return predictList(model!, invocation)
    if (options.list !== undefined || images.length === 0)
      throw cliError('cli/arguments', { command: 'predict', problem: 'give either images or --list FILE' })
    const { top, threads } = options
    const classifier = await openClassifier('predict', model!, { threads, signal })
    const predictions: Prediction[] = []
    let failures = 0
    for (const [i, image] of images.entries()) {
      out.status(`image ${i + 1} of ${images.length}`)
      try {
        predictions.push({ image, ...(await predicted(classifier, image, { top, signal })) })
      } catch (error) {
        if (!isUnreadable(error)) throw error
        failures++
        out.note(`onnx-finetune: ${(error as Error).message}`)
      }
    }
    await classifier.release()
    out.result(predictions, () => table(predictions.map(row)))
    return failures > 0 ? 1 : 0
  },
})

type Predicted = Classification | { readonly values: Readonly<Record<string, number>> }
type Prediction = Predicted & { readonly image: string }

const predicted = async (classifier: Classifier, image: string, options: ClassifyOptions): Promise<Predicted> =>
  classifier.task === 'regression'
    ? { values: await classifier.values(image, { signal: options.signal }) }
    : classifier.classify(image, options)

function row(prediction: Prediction): string[] {
  const { image } = prediction
  if ('values' in prediction)
    return [image, ...Object.entries(prediction.values).map(([name, value]) => `${name} ${value.toPrecision(4)}`)]
  const { scores, labels, isUnknown } = prediction
  if (labels) return [image, labels.map(({ label, score }) => `${label} ${percent(score)}`).join(', ') || 'no label']
  return [
    image,
    ...(isUnknown ? ['none of these; nearest:'] : []),
    ...scores.map(({ label, score }) => `${label} ${percent(score)}`),
  ]
}

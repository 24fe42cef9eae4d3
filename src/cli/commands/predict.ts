import { type Classification, loadClassifier } from '../../index.js'
import { isUnreadable } from '../evaluate/classifyAll.js'
import { command } from '../options/Command.js'
import { whole } from '../options/options.js'
import { percent } from '../terminal/format.js'
import { table } from '../terminal/layout.js'

export const predict = command({
  name: 'predict',
  summary: 'say what is in pictures, by a classifier that train or export made',
  positionals: [
    { placeholder: 'MODEL.onnx', summary: 'the classifier', completion: 'file' },
    { placeholder: 'PICTURE', summary: 'files or URLs of pictures', completion: 'file', many: true },
  ],
  options: {
    top: whole('classes to list for each picture, the best first', { min: 1, default: 3 }),
    threads: whole('threads of the arithmetic', { min: 1, otherwise: 'all processors' }),
  },
  examples: [
    { line: 'predict classifier.onnx lunch.jpg', says: 'one picture' },
    {
      line: 'predict classifier.onnx *.jpg --top 1 --json',
      says: 'many pictures, the best class of each, for a program',
    },
  ],
  async run({ args: [model, ...pictures], options: { top, threads }, out, signal }) {
    const classifier = await loadClassifier(model!, { threads, signal })
    const predictions: Prediction[] = []
    let failures = 0
    for (const [i, picture] of pictures.entries()) {
      out.status(`picture ${i + 1} of ${pictures.length}`)
      try {
        predictions.push({ picture, ...(await classifier.classify(picture, { top, signal })) })
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

type Prediction = Classification & { readonly picture: string }

const row = ({ picture, scores }: Prediction): string[] => [
  picture,
  ...scores.map(({ label, score }) => `${label} ${percent(score)}`),
]

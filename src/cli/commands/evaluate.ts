import { type ClassMetrics, classMetrics, FineTuneError, type ImageDataset } from '../../index.js'
import { ImageFolder } from '../../node.js'
import { classifyAll, type Judged } from '../evaluate/classifyAll.js'
import { splitFolders } from '../files/pictureFolders.js'
import { openClassifier } from '../files/savedNetwork.js'
import { command } from '../options/Command.js'
import { flag, whole } from '../options/options.js'
import { percent, plural } from '../terminal/format.js'
import { table } from '../terminal/layout.js'

export const evaluate = command({
  name: 'evaluate',
  summary: 'measure a classifier on a folder of pictures',
  positionals: [
    {
      placeholder: 'MODEL',
      summary: 'the classifier, as train or export made it, or the weights that train saved',
      completion: 'file',
    },
    {
      placeholder: 'DIR',
      summary: 'a folder of pictures for each class; or a directory with such folders in test/ or val/',
      completion: 'directory',
    },
  ],
  options: {
    mistakes: whole('how many of the surest mistakes to list', { default: 5 }),
    'skip-unreadable': flag('leave out what is no picture or damaged, instead of stopping', {}),
    threads: whole('threads of the arithmetic', { min: 1, otherwise: 'all processors' }),
  },
  examples: [
    { line: 'evaluate classifier.onnx photos/test', says: 'accuracy, each class, who is taken for whom' },
    { line: 'evaluate classifier.onnx photos --json', says: 'the same for a program, on the pictures in photos/test' },
  ],
  async run({ args: [model, directory], options, out, signal }) {
    const { train, validation } = await splitFolders(directory!)
    const skip = options['skip-unreadable'] === true
    const dataset = await ImageFolder(validation ?? train, { onError: skip ? 'skip' : 'throw' })
    const classifier = await openClassifier('evaluate', model!, { threads: options.threads, signal })
    demandClasses(dataset, classifier.classes, directory!)
    const { judged, skipped } = await classifyAll(classifier, dataset, { skip, out, signal })
    await classifier.release()
    const evaluation = summarise(judged, classifier.classes, options.mistakes)
    out.result({ ...evaluation, skipped }, () => render(evaluation, skipped.length))
    return 0
  },
})

/** They are matched by name; the order of the folders does not matter. */
function demandClasses(dataset: ImageDataset, known: readonly string[], directory: string): void {
  const unknown = dataset.classes.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  const problem = `the model has no class ${unknown.join(', ')} of ${directory}. Its classes: ${known.join(', ')}`
  throw new FineTuneError('cli/arguments', { command: 'evaluate', problem })
}

/** The figures that `judged` comes to. */
function summarise(judged: readonly Judged[], classes: readonly string[], most: number) {
  const places = new Map(classes.map((name, place) => [name, place]))
  const confusion = classes.map(() => classes.map(() => 0))
  for (const { label, predicted } of judged) confusion[places.get(label)!]![places.get(predicted)!]!++
  const hits = judged.filter(({ label, predicted }) => label === predicted).length
  const mistakes = judged.filter(({ label, predicted }) => label !== predicted).sort((a, b) => b.score - a.score)
  return {
    pictures: judged.length,
    accuracy: hits / judged.length,
    loss: judged.reduce((sum, { labelScore }) => sum - Math.log(Math.max(labelScore, 1e-30)), 0) / judged.length,
    classes: classMetrics(confusion).map((metrics, i) => ({ name: classes[i]!, ...metrics })),
    confusion,
    mistakes: mistakes.slice(0, most),
  }
}

function render(
  { pictures, accuracy, loss, classes, confusion, mistakes }: ReturnType<typeof summarise>,
  skipped: number,
) {
  const left = skipped > 0 ? `, ${skipped} left out` : ''
  const names = classes.map(({ name }) => name)
  return [
    `accuracy ${percent(accuracy)}, loss ${loss.toFixed(3)}, ${plural(pictures, 'picture')}${left}`,
    '',
    ...table([['class', 'pictures', 'precision', 'recall', 'f1'], ...classes.map(classRow)], 1),
    '',
    'Of each class (row), how many were taken for which',
    ...(names.length <= 12
      ? table([['', ...names], ...confusion.map((row, i) => [names[i]!, ...row.map(String)])], 1)
      : ['  (more than 12 classes: see --json)']),
    ...(mistakes.length > 0 ? ['', 'Surest mistakes'] : []),
    ...table(
      mistakes.map(({ source, label, predicted, score }) => [
        source,
        `${label} taken for ${predicted}`,
        percent(score),
      ]),
    ),
  ]
}

/** A share of nothing is shown as none. */
const classRow = ({ name, support, precision, recall, f1 }: ClassMetrics & { readonly name: string }): string[] => {
  const share = (value: number) => (Number.isNaN(value) ? '-' : percent(value))
  return [name, String(support), share(precision), share(recall), share(f1)]
}

import { type ImageDataset, openProject } from '../../index.js'
import { ImageFolder } from '../../node.js'
import { cliError } from '../errors.js'
import { classifyAll } from '../evaluate/classifyAll.js'
import { render, summarise } from '../evaluate/evaluation.js'
import { splitFolders } from '../files/imageFolders.js'
import { isProject, measuredImages } from '../files/projects.js'
import { openClassifier } from '../files/savedNetwork.js'
import { command } from '../options/Command.js'
import { flag, whole } from '../options/options.js'

export const evaluate = command({
  name: 'evaluate',
  summary: 'measure a classifier on a folder of images',
  positionals: [
    {
      placeholder: 'MODEL',
      summary:
        'the classifier, as train or export made it, the weights that train saved, or a project with a classifier',
      completion: 'file',
    },
    {
      placeholder: 'DIR',
      summary: 'a folder of images for each class; or a directory with such folders in test/ or val/; or a project',
      completion: 'directory',
    },
  ],
  options: {
    mistakes: whole('how many of the surest mistakes to list', { default: 5 }),
    'skip-unreadable': flag('leave out what is no image or damaged, instead of stopping', {}),
    threads: whole('threads of the arithmetic', { min: 1, otherwise: 'all processors' }),
  },
  examples: [
    {
      line: 'evaluate classifier.onnx photos/test',
      says: 'accuracy and how sure it is, each class, which are confused',
    },
    {
      line: 'evaluate classifier.onnx photos --json',
      says: 'for a program: all metrics, curves, the scores of every image',
    },
  ],
  async run({ args: [model, directory], options, out, signal }) {
    const skip = options['skip-unreadable'] === true
    const dataset = await imagesOf(directory!, skip)
    const classifier = await openClassifier('evaluate', model!, { threads: options.threads, signal })
    demandOneClass(classifier.task)
    demandClasses(dataset, classifier.classes, directory!)
    const { judged, skipped } = await classifyAll(classifier, dataset, { skip, out, signal })
    await classifier.release()
    if (judged.length === 0) throw noImages(directory!)
    const evaluation = summarise(judged, classifier.classes, options.mistakes)
    out.result({ ...evaluation, skipped }, () => render(evaluation, skipped.length))
    return 0
  },
})

/** Opens the images to measure on, of a directory or of a project. */
async function imagesOf(place: string, skip: boolean): Promise<ImageDataset> {
  if (isProject(place)) return measuredImages(await openProject(place))
  const { train, validation } = await splitFolders(place)
  return ImageFolder(validation ?? train, { onError: skip ? 'skip' : 'throw' })
}

const noImages = (directory: string) =>
  cliError('cli/arguments', { command: 'evaluate', problem: `no image of ${directory} can be read` })

/** Demands a model of one class an image: folders have no other targets. */
function demandOneClass(task: string): void {
  if (task === 'classification') return
  const problem = `the model is for the task ${task}, which a folder for each class cannot measure`
  throw cliError('cli/arguments', { command: 'evaluate', problem })
}

/** Demands that the model knows each class of a dataset, by name: the order of the folders does not matter. */
function demandClasses(dataset: ImageDataset, known: readonly string[], directory: string): void {
  const unknown = dataset.classes.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  const problem = `the model has no class ${unknown.join(', ')} of ${directory}. Its classes: ${known.join(', ')}`
  throw cliError('cli/arguments', { command: 'evaluate', problem })
}

import {
  type Classifier,
  type ImageDataset,
  loadClassifier,
  type OpenedProject,
  openProject,
  projectSets,
} from '../../index.js'
import { cliError } from '../errors.js'

/** Tells whether a path is that of a project: its name ends with .zip. */
export const isProject = (path: string): boolean => /\.zip$/i.test(path)

/** Returns the images of a project to measure on: those for validation, or all if none are. */
export function measuredImages(project: OpenedProject): ImageDataset {
  return projectSets(project).validation ?? project.dataset
}

/** Opens the classifier of a project. @throws FineTuneError 'cli/arguments' if it has none */
export async function projectClassifier(
  command: string,
  path: string,
  options: { readonly threads: number | undefined; readonly signal: AbortSignal },
): Promise<Classifier> {
  const { classifier } = await openProject(path)
  if (classifier) return loadClassifier(classifier, options)
  throw cliError('cli/arguments', {
    command,
    problem: `${path} has no classifier yet: train ${path} --save-project ${path}`,
  })
}

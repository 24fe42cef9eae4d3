import { openProject, projectSets } from '../../index.js'
import { bytes, plural } from '../terminal/format.js'
import type { Description } from './Description.js'

/** Describes a project: its images by class, without decoding them, and what lies beside them. */
export async function describeProject(path: string): Promise<Description> {
  const project = await openProject(path)
  const { dataset, validation, classifier, settings } = project
  const { train } = projectSets(project)
  const classes = dataset.classes.map((name, label) => {
    const ofClass = (samples: typeof dataset.samples) => samples.filter((sample) => sample.label === label).length
    return { name, images: ofClass(dataset.samples), validation: ofClass(dataset.samples) - ofClass(train.samples) }
  })
  const size = classifier?.length
  return {
    data: {
      kind: 'project',
      path,
      images: dataset.samples.length,
      validation: validation.length,
      classes,
      classifier: size,
      settings,
    },
    title: `${path}: a project of ${plural(dataset.samples.length, 'image')}`,
    sections: [
      ['validation', plural(validation.length, 'image')],
      ['classifier', size === undefined ? 'none' : bytes(size)],
      ['settings', Object.keys(settings).join(', ') || 'none'],
      ['classes', { rows: classes.map(({ name, images }) => [name, images]) }],
    ],
  }
}

import { dataError } from '../../data/errors.js'
import { type ImageDataset, openProject, type Project, projectSets, readSample, splitDataset } from '../../index.js'
import { ImageFolder } from '../../node.js'
import { splitFolders } from '../files/imageFolders.js'
import { isProject } from '../files/projects.js'
import { flag, type Options, real, section, type Values } from '../options/options.js'

/** The option of the commands that read images without a classifier, whose file has this setting. */
export const autoOrient = flag('take images as they are stored, whatever their EXIF orientation', { default: true })

export const imageOptions = section('Images', {
  'validation-split': real('share of the images to measure on, where DIR has no folder for that; 0 for none', {
    default: 0.2,
    most: 0.9,
  }),
  'auto-orient': autoOrient,
  'skip-unreadable': flag('leave out what is no image or damaged, instead of stopping', {}),
} satisfies Options)

export interface Images {
  readonly train: ImageDataset
  readonly validation: ImageDataset | undefined
  /** The settings of the project that they are from. */
  readonly settings?: Project['settings']
  /** The numbers of images and classes, as text. */
  readonly summary: string
}

/**
 * Opens the images of a project, of a directory with train/ and test/ (val/, validation/), or of one folder per class, and splits
 * these.
 */
export async function openImages(
  directory: string,
  options: Values<typeof imageOptions> & { readonly seed: number },
): Promise<Images> {
  if (isProject(directory)) return projectImages(directory, options)
  const onError = options['skip-unreadable'] ? 'skip' : 'throw'
  const folders = await splitFolders(directory)
  const all = await ImageFolder(folders.train, { onError })
  if (all.samples.length === 0) throw dataError('dataset/no-class', { directory: folders.train })
  if (folders.validation) {
    const validation = await ImageFolder(folders.validation, { onError })
    return described(all, validation, `from ${folders.validation}`)
  }
  const share = options['validation-split']
  if (share === 0) return described(all, undefined, '')
  const [train, validation] = splitDataset(all, { share, seed: options.seed })
  return described(train, validation, 'set aside')
}

/** Opens the images of a project. If none are for validation, they are split as a folder is. */
async function projectImages(
  path: string,
  options: Values<typeof imageOptions> & { readonly seed: number },
): Promise<Images> {
  const project = await openProject(path)
  const { train, validation } = projectSets(project)
  const share = options['validation-split']
  const { settings } = project
  if (validation) return { ...described(train, validation, `by ${path}`), settings }
  if (share === 0) return { ...described(train, undefined, ''), settings }
  const [rest, chosen] = splitDataset(train, { share, seed: options.seed })
  return { ...described(rest, chosen, 'set aside'), settings }
}

function described(train: ImageDataset, validation: ImageDataset | undefined, from: string): Images {
  const { classes, samples } = train
  const names = classes.length <= 8 ? classes.join(', ') : `${classes.slice(0, 8).join(', ')}, ...`
  const measured = validation ? `, ${validation.samples.length} to measure on (${from})` : ', none to measure on'
  return { train, validation, summary: `${samples.length} images of ${classes.length} classes (${names})${measured}` }
}

/** Returns the images for training and validation as one data set, for a project. */
export function joinedSets({ train, validation, settings }: Images): Project {
  if (!validation) return { dataset: train, settings }
  const first = train.samples.length
  const read = async (index: number) =>
    index < first ? readSample(train, index) : readSample(validation, index - first)
  return {
    dataset: { classes: train.classes, samples: [...train.samples, ...validation.samples], read },
    validation: validation.samples.map((_, index) => first + index),
    settings,
  }
}

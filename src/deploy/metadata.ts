import * as z from 'zod'
import type { Preprocessing } from '../backbones/Backbone.js'
import type { Model } from '../model/Model.js'
import type { Task } from '../model/task.js'
import { deployError } from './errors.js'

export type Precision = 'float32' | 'float16'

/**
 * The names of a classifier's inputs and outputs: float32 [N, 3, height, width], RGB in 0..1, and float32 [N, classes].
 */
export const IMAGE = 'image'
export const PROBABILITIES = 'probabilities'
export const LOGITS = 'logits'
/** The name of the output of regression, float32 [N, values]. */
export const VALUES = 'values'
/** The name of an optional output: the network's features before its head, float32 [N, size]. */
export const EMBEDDING = 'embedding'
/** The names of optional outputs: the highest probabilities, float32 [N, k], and the places of their classes, int64 [N, k]. */
export const TOP_PROBABILITIES = 'top_probabilities'
export const TOP_CLASSES = 'top_classes'

const finite = z.number().refine(Number.isFinite)
/** The largest crop: a file must not be able to request an image that takes gigabytes. */
const LARGEST_CROP = 8192

const three = z.array(finite).length(3)
/** The schema of the preprocessing that a reader needs. A file may contain more. */
const preprocessingSchema = z.object({
  resize: z.union([z.int().min(1), z.tuple([z.int().min(1), z.int().min(1)])]),
  crop: z.int().min(1).max(LARGEST_CROP),
  grayscale: z.enum(['beforeResize', 'afterResize']).optional(),
  interpolation: z.literal('bilinear'),
  antialias: z.literal(true),
  channels: z.literal('RGB'),
  layout: z.literal('NCHW'),
  range: z.tuple([z.literal(0), z.literal(1)]),
  normalizedBy: z.literal('model'),
  mean: three,
  std: three,
  autoOrient: z.boolean().default(true),
})
const classesSchema = z.array(z.string()).min(1)
/** The schema of the calibration, which a file need not have. */
export const calibrationSchema = z.object({
  temperature: finite.gt(0),
  threshold: finite,
})
/** The schema of the probabilities from which labels are predicted, of a file for several labels an image. */
const thresholdsSchema = z.array(finite)
const required = { classes: classesSchema, preprocessing: preprocessingSchema }
const schemas = { ...required, calibration: calibrationSchema, thresholds: thresholdsSchema }

/** The entry `task` of each task. */
const TASK_NAMES = {
  classification: 'image-classification',
  multiLabel: 'multi-label-image-classification',
  regression: 'image-regression',
} as const satisfies Record<Task, string>

/** Returns the name of the output that the network's own output is exported as. */
export const outputOf = (task: Task): string => (task === 'regression' ? VALUES : LOGITS)

/** The calibration that a classifier's file contains. */
export interface ExportedCalibration {
  /** The number that the file divides its logits by before the softmax. */
  readonly temperature: number
  /** The energy, log(sum(exp(logits))), below which an image is of none of the classes. */
  readonly threshold: number
}

export interface ClassifierMetadata {
  readonly classes: readonly string[]
  readonly preprocessing: Preprocessing
  readonly task: Task
  /** Of several labels an image: the probability from which each is predicted. */
  readonly thresholds?: readonly number[] | undefined
  readonly calibration?: ExportedCalibration | undefined
}

/** The parts of a classifier's file that it need not have. */
export interface ExportedExtras {
  readonly calibration?: ExportedCalibration | undefined
  /** True for an output with the embedding, `'normalized'` for one whose vectors have length 1. */
  readonly embedding?: boolean | 'normalized' | undefined
  /** The probability from which each label is predicted, of several an image. */
  readonly thresholds?: readonly number[] | undefined
  /** The number of the most probable classes that the file lists. */
  readonly topK?: number | undefined
}

/**
 * Returns the `metadata_props` of an exported classifier. `classes` and `preprocessing` are JSON, for programs; the
 * others are for people and tools that list them.
 */
export function writeMetadata(
  model: Model,
  precision: Precision,
  { calibration, embedding, thresholds, topK }: ExportedExtras = {},
): Map<string, string> {
  const { architecture, classes, preprocessing } = model
  const { resize, crop, grayscale, mean, std, autoOrient = true } = preprocessing
  return new Map([
    ['task', TASK_NAMES[model.task]],
    ['architecture', architecture],
    ['precision', precision],
    ['description', describe(model, { embedding, topK })],
    ['classes', JSON.stringify(classes)],
    [
      'preprocessing',
      JSON.stringify({
        resize: typeof resize === 'number' ? resize : [...resize],
        crop,
        ...(grayscale && { grayscale }),
        interpolation: 'bilinear',
        antialias: true,
        channels: 'RGB',
        layout: 'NCHW',
        range: [0, 1],
        normalizedBy: 'model',
        mean: [...mean],
        std: [...std],
        autoOrient,
      } satisfies z.input<typeof preprocessingSchema>),
    ],
    ...(calibration ? ([['calibration', JSON.stringify(calibration)]] as const) : []),
    ...(thresholds ? ([['thresholds', JSON.stringify(thresholds)]] as const) : []),
  ])
}

/** Describes what each task's network is, and what its outputs are. */
const DESCRIPTIONS = {
  classification: ['Image classifier', 'classes', `${PROBABILITIES} and ${LOGITS}`],
  multiLabel: [
    'Image classifier',
    'labels, any number of which an image has',
    `${PROBABILITIES} (sigmoid) and ${LOGITS}`,
  ],
  regression: ['Image regression', 'values', VALUES],
} as const satisfies Record<Task, readonly string[]>

function describe({ architecture, classes, task, preprocessing }: Model, { embedding, topK }: ExportedExtras): string {
  const { crop } = preprocessing
  const [kind, names, outputs] = DESCRIPTIONS[task]
  return [
    `${kind} (${architecture}) with ${classes.length} ${names}: ${classes.join(', ')}.`,
    `Input ${IMAGE}: float32 [N, 3, ${crop}, ${crop}], red, green, blue from 0 to 1 (bytes divided by 255), not normalized:`,
    `${describeView(preprocessing)}.`,
    `Outputs: ${outputs}, float32 [N, ${classes.length}], in the order of the ${task === 'regression' ? 'values' : 'classes'}.`,
    ...(embedding
      ? [
          `Output ${EMBEDDING}: float32 [N, size], the features before the last layer${embedding === 'normalized' ? ', divided by their length' : ''}.`,
        ]
      : []),
    ...(topK === undefined
      ? []
      : [
          `Outputs ${TOP_PROBABILITIES} and ${TOP_CLASSES}: float32 and int64 [N, ${topK}], the highest probabilities and the places of their classes in that order.`,
        ]),
  ].join(' ')
}

function describeView({ resize, crop, grayscale, autoOrient = true }: Preprocessing): string {
  const size =
    typeof resize === 'number'
      ? `resize the image's shorter side to ${resize} pixels`
      : `resize the image to ${resize[0]} x ${resize[1]} pixels (height x width)`
  return [
    ...(autoOrient ? ['turn the image as its EXIF orientation asks'] : []),
    ...(grayscale === 'beforeResize' ? ['make the image grey'] : []),
    `${size} (bilinear, antialiased)`,
    `cut out the central ${crop} x ${crop}`,
    ...(grayscale === 'afterResize' ? ['make it grey'] : []),
  ].join(', ')
}

/**
 * Reads the metadata of an exported classifier.
 *
 * @param source the name of the file in errors
 * @throws FineTuneError 'deploy/bad-metadata' for an entry that `writeMetadata` does not write
 */
export function readMetadata(metadata: ReadonlyMap<string, string>, source: string): ClassifierMetadata {
  const { resize, crop, grayscale, mean, std, autoOrient } = entry(metadata, 'preprocessing', source)
  const preprocessing = { resize, crop, ...(grayscale && { grayscale }), mean, std, autoOrient }
  const calibration = metadata.has('calibration') ? entry(metadata, 'calibration', source) : undefined
  const classes = entry(metadata, 'classes', source)
  return { classes, preprocessing, ...taskOf(metadata, classes, source), ...(calibration && { calibration }) }
}

/** Reads the task; any other entry is one of a classifier, as are files without one. */
function taskOf(
  metadata: ReadonlyMap<string, string>,
  classes: readonly string[],
  source: string,
): Pick<ClassifierMetadata, 'task' | 'thresholds'> {
  const named = Object.entries(TASK_NAMES).find(([, name]) => name === metadata.get('task'))
  const task = (named?.[0] ?? 'classification') as Task
  if (task !== 'multiLabel') return { task }
  const thresholds = entry(metadata, 'thresholds', source)
  if (thresholds.length === classes.length) return { task, thresholds }
  const problem = `there must be ${classes.length} of them, one for each class`
  throw deployError('deploy/bad-metadata', { source, key: 'thresholds', problem, received: `${thresholds.length}` })
}

function entry<K extends keyof typeof schemas>(
  metadata: ReadonlyMap<string, string>,
  key: K,
  source: string,
): z.output<(typeof schemas)[K]> {
  const received = metadata.get(key) ?? ''
  const bad = (problem: string, cause: unknown) =>
    deployError('deploy/bad-metadata', { source, key, problem, received }, { cause })
  let value: unknown
  try {
    value = JSON.parse(received)
  } catch (cause) {
    throw bad('it is not JSON', cause)
  }
  const result = schemas[key].safeParse(value)
  if (result.success) return result.data as z.output<(typeof schemas)[K]>
  const issue = result.error.issues[0]!
  throw bad([issue.path.join('.'), issue.message].filter(Boolean).join(': '), result.error)
}

/** The keys without which a file is not a classifier. */
export const requiredKeys: readonly string[] = Object.keys(required)

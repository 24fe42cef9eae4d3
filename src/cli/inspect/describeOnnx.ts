import { type Graph, isFineTuneError, loadOnnxBackbone, readModel, type ValueInfo } from '../../index.js'
import { count, bytes as inBytes, plural, shape } from '../terminal/format.js'
import type { Description, Section } from './Description.js'

/** Describes any .onnx: inputs and outputs, operators, the head if it is a classifier, and the metadata. */
export async function describeOnnx(path: string, bytes: Uint8Array): Promise<Description> {
  const graph = readModel(bytes)
  const data = {
    kind: 'onnx',
    path,
    bytes: bytes.length,
    inputs: graph.inputs.filter(({ name }) => !graph.initializers.has(name)).map(endOf),
    outputs: graph.outputs.map(endOf),
    operators: countOperators(graph),
    operatorSets: Object.fromEntries([...graph.opsets].map(([domain, version]) => [domain || 'ai.onnx', version])),
    parameters: parametersOf(graph),
    ...(await classifierOf(path)),
    metadata: Object.fromEntries(graph.metadata),
  } as const
  return { data, title: `${path}: ONNX model, ${inBytes(bytes.length)}`, sections: sectionsOf(data) }
}

interface OnnxData extends Classifier {
  readonly inputs: readonly End[]
  readonly outputs: readonly End[]
  readonly operators: Readonly<Record<string, number>>
  readonly operatorSets: Readonly<Record<string, number>>
  readonly parameters: { readonly tensors: number; readonly numbers: number }
  readonly metadata: Readonly<Record<string, string>>
}

function sectionsOf(data: OnnxData): Section[] {
  const { head, classes, preprocessing, warnings = [], operators, operatorSets, parameters, metadata } = data
  const ends = (list: readonly End[]) => list.map(({ name, type, dims }) => `${name}: ${type ?? '?'} ${shape(dims)}`)
  const pairs = (record: Readonly<Record<string, number>>) => Object.entries(record).map(([name, n]) => `${name} ${n}`)
  return [
    ['inputs', ends(data.inputs)],
    ['outputs', ends(data.outputs)],
    ['operators', pairs(operators).join(', ')],
    ['operator sets', pairs(operatorSets).join(', ')],
    ['parameters', `${count(parameters.numbers)} numbers in ${plural(parameters.tensors, 'tensor')}`],
    [
      'head',
      'problem' in head
        ? `none: ${head.problem}`
        : `${head.weight} ${shape([head.classes, head.features])}, ${head.bias}`,
    ],
    ...(classes ? [['classes', shorten(`${classes.length}: ${classes.join(', ')}`)] as const] : []),
    ...(preprocessing ? [['preprocessing', describePreprocessing(preprocessing)] as const] : []),
    ...warnings.map(({ message }): Section => ['warning', message]),
    ...Object.entries(metadata)
      .filter(([key]) => key !== 'classes' && key !== 'preprocessing')
      .map(([key, value]): Section => [key, shorten(value)]),
  ]
}

type End = ReturnType<typeof endOf>
const endOf = ({ name, type, shape }: ValueInfo) => ({ name, type, dims: shape })

function countOperators({ nodes }: Graph): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { domain, opType } of nodes) {
    const name = domain ? `${domain}.${opType}` : opType
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)))
}

const parametersOf = ({ initializers }: Graph) => ({
  tensors: initializers.size,
  numbers: [...initializers.values()].reduce((sum, { data }) => sum + data.length, 0),
})

type Preprocessing = Awaited<ReturnType<typeof loadOnnxBackbone>>['preprocessing']
interface Classifier {
  readonly head:
    | { readonly weight: string; readonly bias: string; readonly classes: number; readonly features: number }
    | { readonly problem: string }
  readonly classes?: readonly string[]
  readonly preprocessing?: Preprocessing
  readonly warnings?: Awaited<ReturnType<typeof loadOnnxBackbone>>['warnings']
}

/** Describes the file as a backbone that can be fine-tuned, or tells why it is none. */
async function classifierOf(path: string): Promise<Classifier> {
  try {
    const { graph, head, classes, preprocessing, warnings } = await loadOnnxBackbone(path)
    const [rows = 0, features = 0] = graph.initializers.get(head.weight)?.dims ?? []
    return { head: { ...head, classes: rows, features }, ...(classes && { classes }), preprocessing, warnings }
  } catch (error) {
    if (!isFineTuneError(error)) throw error
    return { head: { problem: error.message } }
  }
}

function describePreprocessing({ resize, crop, mean, std, grayscale, autoOrient }: Preprocessing): string {
  const normalized = mean.every((value) => value === 0) && std.every((value) => value === 1)
  const scale = normalized ? 'values from 0 to 1' : `mean ${mean.join(' ')}, std ${std.join(' ')}`
  const stored = autoOrient === false ? 'EXIF orientation left alone, ' : ''
  const size = typeof resize === 'number' ? `shorter side to ${resize}` : `${resize[0]} x ${resize[1]}`
  return `${stored}${size}, centre ${crop} x ${crop}, ${grayscale ? 'grey, ' : ''}${scale}`
}

/** Shortens a text to two lines of a terminal at most. */
const shorten = (text: string): string => (text.length > 150 ? `${text.slice(0, 147)}...` : text)

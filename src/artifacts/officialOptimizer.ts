import { create, toBinary } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  TensorProto_DataType as Type,
} from '../onnx/format/gen/onnx_pb.js'
import { floatAttribute, type Graph, intAttribute, MS, type Node } from '../onnx/graph/graph.js'
import { adamW, adamWHuggingFace } from '../optim/adam.js'
import { clipGradients } from '../optim/clipGradients.js'
import type { Optimizer } from '../optim/Optimizer.js'
import { sgd } from '../optim/sgd.js'
import { artifactError } from './errors.js'

/** The optimizers of the official tool, with its settings. */
export type OfficialOptimizer = 'adamW' | 'sgd'

/** The learning rate that the official runtime starts with unless one is set. */
const OFFICIAL_LEARNING_RATE = 1e-3

const officialOperators = {
  adamW: {
    opType: 'AdamWOptimizer',
    reads: ['learning_rate', 'step', 'params', 'gradients', 'first_order_moments', 'second_order_moments'],
    sequences: ['params', 'gradients', 'first_order_moments', 'second_order_moments'],
    floats: { alpha: 0.9, beta: 0.999, epsilon: 1e-6, weight_decay: 0 },
    ints: { adam_mode: 1, correct_bias: 1 },
    output: 'onnx::adamw.updated_flag::0',
    outputDims: [1n],
  },
  sgd: {
    opType: 'SGDOptimizerV2',
    reads: ['learning_rate', 'params', 'gradients'],
    sequences: ['params', 'gradients', 'first_order_moments'],
    floats: {},
    ints: {},
    output: 'onnx::sgd.updated_flag::0',
    outputDims: [], // the official runtime infers a scalar, and refuses [1]
  },
} as const

/** Returns the bytes of an official `optimizer_model.onnx`: one operator over sequences of tensors. */
export function officialOptimizerModel(kind: OfficialOptimizer): Uint8Array {
  const { opType, reads, sequences, floats, ints, output, outputDims } = officialOperators[kind]
  const attribute = [
    ...Object.entries(ints).map(([name, i]) => ({ name, type: Kind.INT, i: BigInt(i) })),
    ...Object.entries(floats).map(([name, f]) => ({ name, type: Kind.FLOAT, f })),
  ]
  const model = create(ModelProtoSchema, {
    irVersion: 9n,
    producerName: 'onnx-finetune',
    opsetImport: [
      { domain: MS, version: 1n },
      { domain: '', version: 17n },
    ],
    graph: {
      name: 'graph',
      node: [{ name: `onnx::${opType}::1`, opType, domain: MS, input: [...reads], output: [output], attribute }],
      // The official runtime requires a step, and for SGD a sequence of moments, though neither is read.
      input: [
        tensorValue('learning_rate', Type.FLOAT),
        tensorValue('step', Type.INT64),
        ...sequences.map(sequenceValue),
      ],
      output: [tensorValue(output, Type.BOOL, outputDims)],
    },
  })
  return toBinary(ModelProtoSchema, model)
}

function tensorValue(name: string, elemType: Type, dims: readonly bigint[] = [1n]) {
  const dim = dims.map((value) => ({ value: { case: 'dimValue' as const, value } }))
  return { name, type: { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } } }
}

function sequenceValue(name: string) {
  const elemType = { value: { case: 'tensorType' as const, value: { elemType: Type.FLOAT } } }
  return { name, type: { value: { case: 'sequenceType' as const, value: { elemType } } } }
}

/**
 * Returns the optimizer that an official optimizer model describes, over these parameters, as one group: one operator,
 * which may take gradients that InplaceClipGradNorm scaled down.
 *
 * @throws FineTuneError 'artifacts/unsupported-optimizer' for another operator, or more than one
 */
export function optimizerOfOfficial(model: Graph, params: readonly string[]): Optimizer {
  const isClip = ({ domain, opType }: Node) => domain === MS && opType === CLIP
  const [clip, ...moreClips] = model.nodes.filter(isClip)
  const [node, ...others] = [...model.nodes.filter((node) => !isClip(node)), ...moreClips]
  const read = node && others.length === 0 && node.domain === MS ? readers[node.opType] : undefined
  if (!node || !read) throw unsupported(model.nodes.map(({ opType }) => opType))
  const optimizer = read(node, params)
  return clip && node.inputs.includes(clip.outputs[0]!)
    ? clipGradients(optimizer, { norm: floatAttribute(clip, 'max_norm', 1) })
    : optimizer
}

const CLIP = 'InplaceClipGradNorm'
const unsupported = (operators: readonly string[]) =>
  artifactError('artifacts/unsupported-optimizer', {
    operators,
    supported: [...Object.keys(readers), `either after ${CLIP}`],
  })

const readers: Record<string, (node: Node, params: readonly string[]) => Optimizer> = {
  AdamWOptimizer(node, params) {
    const betas = [decimal(floatAttribute(node, 'alpha', 0.9)), decimal(floatAttribute(node, 'beta', 0.999))] as const
    const group = {
      ...groupOf(params),
      betas,
      eps: decimal(floatAttribute(node, 'epsilon', 1e-8)),
      weightDecay: decimal(floatAttribute(node, 'weight_decay', 1e-2)),
    }
    if (intAttribute(node, 'correct_bias', 1) !== 1) throw unsupported(['AdamWOptimizer with correct_bias 0'])
    return intAttribute(node, 'adam_mode', 0) === 1 ? adamWHuggingFace([group]) : adamW([group])
  },
  SGDOptimizerV2: (_, params) => sgd([groupOf(params)]),
}

const groupOf = (params: readonly string[]) => ({ name: 'group0', params, lr: OFFICIAL_LEARNING_RATE })

/** Rounds a float32 to the shortest decimal number that reads as the same float32: 0.999 for 0.9990000128746033. */
const decimal = (value: number): number => Number(value.toPrecision(7))

import { checkArgument, type Kind, kinds } from '../arguments.js'
import type { Backbone, BackboneWarning, Head, KeptClassifier, Preprocessing } from '../backbones/Backbone.js'
import { namedBackboneKind } from '../backbones/backboneKind.js'
import type { Graph } from '../onnx/graph/graph.js'
import { tensorKind } from '../onnx/graph/kinds.js'
import { sizeOf, type Tensor } from '../onnx/graph/tensor.js'
import type { Adapters } from './Adapters.js'
import { modelError } from './errors.js'
import type { Task } from './task.js'

/** The parts that a model is made of. */
export interface ModelFacts extends Backbone {
  readonly classes: readonly string[]
  /** @default 'classification' */
  readonly task?: Task | undefined
  /** Default: none. */
  readonly adapters?: Adapters | undefined
}

/**
 * A network that is being fine-tuned: the parts of a `Backbone`, with its own class names and tensors that change. It
 * is a backbone itself, so `replaceHead` takes it again.
 */
export class Model implements Backbone {
  readonly architecture: string
  /** The forward pass in inference form. Its initializers are the parameters and buffers. */
  readonly graph: Graph
  /** The learnable parameters, in the order of the network. */
  readonly parameters: readonly string[]
  /** The running statistics of batch norm, and the weights of a kept classifier. */
  readonly buffers: readonly string[]
  readonly head: Head
  /** The names of the classes, of the labels, or of the numbers that it predicts. */
  readonly classes: readonly string[]
  readonly task: Task
  /** The backbone's preprocessing, until `fineTune` records here that of its validation. */
  preprocessing: Preprocessing
  /** The warnings of its backbone. */
  readonly warnings: readonly BackboneWarning[]
  /** The classifier of its backbone, if `keepClassifier` kept it. */
  readonly kept: KeptClassifier | undefined
  /** Parameters that training does not change. A batch norm with a frozen weight and bias keeps its statistics too. */
  readonly frozen = new Set<string>()

  /** The adapters of `lora`. Undefined: it has none. */
  readonly adapters: Adapters | undefined

  /** Takes ownership of the graph. Tensors may be shared; they are never written to. */
  constructor(facts: ModelFacts) {
    checkArgument('Model: facts', facts, namedBackboneKind)
    this.architecture = facts.architecture
    this.graph = facts.graph
    this.parameters = [...facts.parameters]
    this.buffers = [...facts.buffers]
    this.head = facts.head
    this.classes = [...facts.classes]
    this.task = facts.task ?? 'classification'
    this.preprocessing = facts.preprocessing
    this.warnings = facts.warnings ?? []
    this.kept = facts.kept
    this.adapters = facts.adapters
  }

  /** The parameters that training changes, in the order of the network. */
  get trainable(): readonly string[] {
    return this.parameters.filter((name) => !this.frozen.has(name))
  }

  /** The number of elements of all parameters. */
  get parameterCount(): number {
    return this.parameters.reduce((sum, name) => sum + sizeOf(this.get(name).dims), 0)
  }

  /** The height and width of the input, in pixels. */
  get inputSize(): { readonly height: number; readonly width: number } {
    const { crop } = this.preprocessing
    return { height: crop, width: crop }
  }

  /** Returns the tensor of a parameter or buffer. Replace it with `set` instead of writing to it: it may be shared. */
  get(name: string): Tensor<'float32'> {
    checkArgument('Model.get: name', name, kinds.text)
    const tensor = this.#has(name) ? this.graph.initializers.get(name) : undefined
    if (tensor) return tensor as Tensor<'float32'>
    throw modelError('model/unknown-tensor', { tensor: name, known: [...this.parameters, ...this.buffers] })
  }

  /** Replaces a parameter or buffer by a float32 tensor of the same shape, which the model keeps without copying. */
  set(name: string, tensor: Tensor): void {
    checkArgument('Model.set: tensor', tensor, tensorKind)
    const [received, expected] = [typeAndShape(tensor), typeAndShape(this.get(name))]
    if (received !== expected) throw modelError('model/shape', { tensor: name, received, expected })
    this.graph.initializers.set(name, tensor)
  }

  #has(name: string): boolean {
    return this.parameters.includes(name) || this.buffers.includes(name)
  }
}

export const modelKind: Kind = {
  expected: 'a Model, as replaceHead returns it',
  is: (value) => value instanceof Model,
}

const typeAndShape = ({ type, dims }: Tensor): string => `${type} [${dims.join(', ')}]`

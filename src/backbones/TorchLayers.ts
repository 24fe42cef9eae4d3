import { GraphBuilder } from '../onnx/builder.js'
import { constant, type Init, type InitRule, inFanIn, kaimingFanOut } from './inits.js'

/** A tensor that a network needs; name and shape are torchvision's. */
export interface TensorSpec {
  readonly name: string
  readonly dims: readonly number[]
  readonly role: 'parameter' | 'buffer'
  readonly init: Init
}

export interface ConvOptions {
  readonly from: number
  readonly to: number
  readonly kernel: number
  readonly stride?: number
  readonly pad?: number
  readonly groups?: number
  /** The initialisation of the weight. Default: `kaimingFanOut`. */
  readonly weight?: InitRule
  /** The initialisation of the bias. Default: no bias, as before a batch norm. */
  readonly bias?: InitRule
}

export interface LinearOptions {
  readonly from: number
  readonly to: number
  /** The initialisations. Default: `inFanIn`, torch's own. */
  readonly weight?: InitRule
  readonly bias?: InitRule
  /** The name of the result. Default: that of the node. */
  readonly output?: string
}

/** The settings of a batch norm, with torch's definition of momentum. */
export interface NormOptions {
  readonly epsilon?: number
  readonly momentum?: number
}

/**
 * Torch's layers as ONNX nodes: each call adds the node and records the tensors that it reads, so that a network is
 * described once. Nodes are named as torch's exporter names them (`/layer1/layer1.0/conv1/Conv`), tensors as torch's
 * `state_dict` (`layer1.0.conv1.weight`), in its order.
 */
export class TorchLayers {
  readonly g = new GraphBuilder()
  readonly tensors: TensorSpec[] = []
  /** The number of nodes with each name. */
  readonly #nodes = new Map<string, number>()

  conv(module: string, x: string, options: ConvOptions): string {
    const { from, to, kernel, stride = 1, pad = 0, groups = 1, weight = kaimingFanOut, bias } = options
    const fans = { fanIn: (from / groups) * kernel * kernel, fanOut: to * kernel * kernel }
    const inputs = [x, this.#tensor(`${module}.weight`, [to, from / groups, kernel, kernel], weight(fans))]
    if (bias) inputs.push(this.#tensor(`${module}.bias`, [to], bias(fans)))
    const attributes = {
      dilations: [1, 1],
      group: groups,
      kernel_shape: [kernel, kernel],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
    }
    return this.op(module, 'Conv', inputs, attributes)
  }

  /** Adds a batch norm; the defaults are torch's. */
  batchNorm(module: string, x: string, channels: number, { epsilon = 1e-5, momentum = 0.1 }: NormOptions = {}): string {
    const inputs = [
      this.#tensor(`${module}.weight`, [channels], constant(1)),
      this.#tensor(`${module}.bias`, [channels], constant(0)),
      this.#tensor(`${module}.running_mean`, [channels], constant(0), 'buffer'),
      this.#tensor(`${module}.running_var`, [channels], constant(1), 'buffer'),
    ]
    return this.op(module, 'BatchNormalization', [x, ...inputs], { epsilon, momentum: 1 - momentum })
  }

  linear(module: string, x: string, options: LinearOptions): string {
    const { from, to, weight = inFanIn, bias = inFanIn, output } = options
    const fans = { fanIn: from, fanOut: to }
    const inputs = [
      x,
      this.#tensor(`${module}.weight`, [to, from], weight(fans)),
      this.#tensor(`${module}.bias`, [to], bias(fans)),
    ]
    return this.op(module, 'Gemm', inputs, { transB: 1 }, output)
  }

  relu(module: string, x: string): string {
    return this.op(module, 'Relu', [x])
  }

  relu6(module: string, x: string): string {
    return this.op(module, 'Clip', [x, this.g.scalar(0), this.g.scalar(6)])
  }

  hardSwish(module: string, x: string): string {
    return this.op(module, 'HardSwish', [x])
  }

  hardSigmoid(module: string, x: string): string {
    return this.op(module, 'HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 })
  }

  sigmoid(module: string, x: string): string {
    return this.op(module, 'Sigmoid', [x])
  }

  silu(module: string, x: string): string {
    return this.op(module, 'Mul', [x, this.sigmoid(module, x)])
  }

  maxPool(module: string, x: string, kernel: number, stride: number, pad: number, ceil = false): string {
    return this.op(module, 'MaxPool', [x], { ...windowOf(kernel, stride, pad), ceil_mode: ceil ? 1 : undefined })
  }

  averagePool(module: string, x: string, kernel: number): string {
    return this.op(module, 'AveragePool', [x], windowOf(kernel, kernel, 0))
  }

  globalAveragePool(module: string, x: string): string {
    return this.op(module, 'GlobalAveragePool', [x])
  }

  /**
   * Adds an operator of a module; `''` is the network, for one without a module of its own. `output` names the result.
   */
  op(
    module: string,
    opType: string,
    inputs: readonly string[],
    attributes: Parameters<GraphBuilder['op']>[2] = {},
    output?: string,
  ): string {
    const name = this.#nodeName(`${scope(module)}/${opType}`)
    return this.g.op(opType, inputs, attributes, { name, outputs: [output ?? `${name}_output_0`] })
  }

  /** Numbers the nodes of one operator in one module, as the exporter does: `/Reshape`, `/Reshape_1`. */
  #nodeName(name: string): string {
    const count = this.#nodes.get(name) ?? 0
    this.#nodes.set(name, count + 1)
    return count === 0 ? name : `${name}_${count}`
  }

  #tensor(name: string, dims: readonly number[], init: Init, role: TensorSpec['role'] = 'parameter'): string {
    this.tensors.push({ name, dims, role, init })
    return name
  }

  /** Records a parameter that no layer above has, and returns its name. */
  parameter(name: string, dims: readonly number[], init: Init): string {
    return this.#tensor(name, dims, init)
  }

  /** Records a tensor that is not learned, and returns its name. */
  buffer(name: string, dims: readonly number[], init: Init): string {
    return this.#tensor(name, dims, init, 'buffer')
  }
}

const windowOf = (kernel: number, stride: number, pad: number) => ({
  kernel_shape: [kernel, kernel],
  pads: [pad, pad, pad, pad],
  strides: [stride, stride],
})

/**
 * Returns the exporter's path of a module: `layer1.0.conv1` is `/layer1/layer1.0/conv1`; a number keeps the name before
 * it.
 */
function scope(module: string): string {
  let name = ''
  const parts = module === '' ? [] : module.split('.')
  return parts
    .map((part) => {
      name = /^\d+$/.test(part) ? `${name}.${part}` : part
      return `/${name}`
    })
    .join('')
}

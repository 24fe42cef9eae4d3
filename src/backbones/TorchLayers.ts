import { GraphBuilder } from '../onnx/builder.js'

/** The initial values of a tensor that no file provides. */
export type Init =
  | { readonly type: 'constant'; readonly value: number }
  | { readonly type: 'normal'; readonly std: number }
  | { readonly type: 'uniform'; readonly bound: number }

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

  /**
   * Adds a convolution without bias, as before a batch norm. torchvision's initialisation: Kaiming normal, fan out,
   * ReLU.
   */
  conv(module: string, x: string, { from, to, kernel, stride = 1, pad = 0 }: ConvOptions): string {
    const std = Math.sqrt(2 / (to * kernel * kernel))
    const weight = this.#tensor(`${module}.weight`, [to, from, kernel, kernel], { type: 'normal', std })
    const attributes = {
      dilations: [1, 1],
      group: 1,
      kernel_shape: [kernel, kernel],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
    }
    return this.#node(module, 'Conv', [x, weight], attributes)
  }

  /** Adds a batch norm with torch's defaults: epsilon 1e-5, momentum 0.1 (1 - 0.1 in ONNX's definition). */
  batchNorm(module: string, x: string, channels: number): string {
    const inputs = [
      this.#tensor(`${module}.weight`, [channels], { type: 'constant', value: 1 }),
      this.#tensor(`${module}.bias`, [channels], { type: 'constant', value: 0 }),
      this.#tensor(`${module}.running_mean`, [channels], { type: 'constant', value: 0 }, 'buffer'),
      this.#tensor(`${module}.running_var`, [channels], { type: 'constant', value: 1 }, 'buffer'),
    ]
    return this.#node(module, 'BatchNormalization', [x, ...inputs], { epsilon: 1e-5, momentum: 0.9 })
  }

  /**
   * Adds a linear layer. Torch's initialisation: weight and bias uniform within 1 / sqrt(fan in). `output` names the
   * result.
   */
  linear(module: string, x: string, from: number, to: number, output: string): string {
    const init = { type: 'uniform', bound: 1 / Math.sqrt(from) } as const
    const inputs = [x, this.#tensor(`${module}.weight`, [to, from], init), this.#tensor(`${module}.bias`, [to], init)]
    return this.#node(module, 'Gemm', inputs, { transB: 1 }, output)
  }

  relu(module: string, x: string): string {
    return this.#node(module, 'Relu', [x])
  }

  maxPool(module: string, x: string, kernel: number, stride: number, pad: number): string {
    const attributes = { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride] }
    return this.#node(module, 'MaxPool', [x], attributes)
  }

  globalAveragePool(module: string, x: string): string {
    return this.#node(module, 'GlobalAveragePool', [x])
  }

  /** Adds an operator without a module of its own; `module` is the one around it, `''` for the network. */
  op(
    module: string,
    opType: string,
    inputs: readonly string[],
    attributes: Parameters<GraphBuilder['op']>[2] = {},
    output?: string,
  ): string {
    return this.#node(module, opType, inputs, attributes, output)
  }

  #node(
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
}

/**
 * Returns the exporter's path of a module: `layer1.0.conv1` is `/layer1/layer1.0/conv1`; a number keeps the name before
 * it.
 */
function scope(module: string): string {
  const parts = module === '' ? [] : module.split('.')
  return parts.map((part, i) => (/^\d+$/.test(part) ? `/${parts[i - 1]}.${part}` : `/${part}`)).join('')
}

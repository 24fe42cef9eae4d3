import type { InitRule } from './inits.js'
import { zeros } from './inits.js'
import type { ConvOptions, NormOptions, TorchLayers } from './TorchLayers.js'

/** An activation of `TorchLayers`. */
export type Activation = 'relu' | 'relu6' | 'hardSwish' | 'silu'

export interface ConvNormOptions extends Omit<ConvOptions, 'pad'> {
  /** Default: none. */
  readonly activation?: Activation | undefined
  readonly norm?: NormOptions | undefined
}

/** Adds torchvision's Conv2dNormActivation: a convolution that keeps the size, batch norm, an activation. */
export function convNorm(net: TorchLayers, module: string, x: string, options: ConvNormOptions): string {
  const { activation, norm, ...conv } = options
  const y = net.conv(`${module}.0`, x, { ...conv, pad: (conv.kernel - 1) / 2 })
  const normal = net.batchNorm(`${module}.1`, y, conv.to, norm)
  return activation ? net[activation](`${module}.2`, normal) : normal
}

export interface SqueezeOptions {
  readonly channels: number
  readonly squeezed: number
  readonly activation: Activation
  readonly gate: 'sigmoid' | 'hardSigmoid'
  /** The initialisation of the biases. Default: zeros. */
  readonly bias?: InitRule
}

/** Adds torchvision's SqueezeExcitation: each channel times a factor that depends on the means of all. */
export function squeezeExcite(net: TorchLayers, module: string, x: string, options: SqueezeOptions): string {
  const { channels, squeezed, activation, gate, bias = zeros } = options
  let scale = net.globalAveragePool(`${module}.avgpool`, x)
  scale = net.conv(`${module}.fc1`, scale, { from: channels, to: squeezed, kernel: 1, bias })
  scale = net[activation](`${module}.activation`, scale)
  scale = net.conv(`${module}.fc2`, scale, { from: squeezed, to: channels, kernel: 1, bias })
  return net.op(module, 'Mul', [net[gate](`${module}.scale_activation`, scale), x])
}

/** Returns a number of channels near the given one, a multiple of 8 that is not less than 90 % of it. */
export function wholeChannels(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8)
  return nearest < 0.9 * channels ? nearest + 8 : nearest
}

/** Adds the end of most networks: the means of the maps, then the scores of a linear layer. */
export function headOf(
  net: TorchLayers,
  module: string,
  x: string,
  options: { from: number; to: number; weight?: InitRule; bias?: InitRule },
): void {
  const features = net.op('', 'Flatten', [net.globalAveragePool('avgpool', x)])
  const logits = net.linear(module, features, { ...options, output: 'logits' })
  net.g.output(logits, 'float32', ['N', options.to])
}

import type { AttributeInput } from '../../../src/onnx/builder.js'
import type { FeatureMap, NetworkWriter } from './build.js'
import type { Geometry, Layer, Norm, Plain } from './description.js'

/** A convolution of more products than this is left out: float64 is slow. */
const MOST_PRODUCTS = 200_000
const MOST_CHANNELS = 48

export function addLayer(n: NetworkWriter, layer: Layer): void {
  if ('other' in layer) addPlain(n, layer)
  else if ('epsilon' in layer) addNorm(n, layer)
  else if (layer.kind === 'conv') addConvolution(n, layer)
  else addPool(n, layer)
}

interface Fitted {
  readonly kernel: readonly [number, number]
  readonly attributes: Record<string, AttributeInput | undefined>
  readonly height: number
  readonly width: number
}

/** The geometry as far as it fits a map; `kernel`, if it is given already. */
function geometryOn(
  layer: Geometry,
  { height, width }: FeatureMap,
  mode: 'conv' | 'pool',
  kernel = layer.kernel,
): Fitted | undefined {
  const axes = [height, width].map((size, axis) => fitAxis(layer, size, kernel[axis]!, axis, mode))
  if (axes.some((axis) => axis.out < 1)) return undefined
  const [h, w] = axes as [(typeof axes)[0], (typeof axes)[0]]
  const isAutomatic = layer.pads === 'SAME_UPPER' || layer.pads === 'SAME_LOWER'
  return {
    kernel: [h.kernel, w.kernel],
    attributes: {
      kernel_shape: [h.kernel, w.kernel],
      strides: [...layer.strides],
      dilations: [h.dilation, w.dilation],
      ...(isAutomatic ? { auto_pad: layer.pads as string } : { pads: [h.begin, w.begin, h.end, w.end] }),
    },
    height: h.out,
    width: w.out,
  }
}

function fitAxis(layer: Geometry, size: number, wished: number, axis: number, mode: 'conv' | 'pool') {
  const isAutomatic = layer.pads === 'SAME_UPPER' || layer.pads === 'SAME_LOWER'
  const dilation = isAutomatic ? 1 : layer.dilations[axis]!
  const stride = layer.strides[axis]!
  const kernel = mode === 'pool' ? Math.min(wished, size) : wished
  const reach = (kernel - 1) * dilation + 1
  const half = Math.floor((reach - 1) / 2)
  const asked = (i: number) => (typeof layer.pads === 'string' ? half : layer.pads[i]!)
  // A pool's window must not lie in the padding alone.
  const most = mode === 'pool' ? kernel - 1 : Number.POSITIVE_INFINITY
  const [begin, end] = [Math.min(asked(axis), most), Math.min(asked(axis + 2), most)]
  if (isAutomatic) return { kernel, dilation, begin, end, out: Math.ceil(size / stride) }
  const steps = (size + begin + end - reach) / stride
  const out = steps < 0 ? 0 : Math.floor(steps) + 1
  if (mode === 'conv' || !layer.ceil || steps < 0) return { kernel, dilation, begin, end, out }
  const more = Math.ceil(steps) + 1
  return { kernel, dilation, begin, end, out: (more - 1) * stride >= size + begin ? more - 1 : more }
}

function addConvolution(n: NetworkWriter, layer: Geometry): void {
  const from = n.back(layer.from)
  const group = layer.groups === 'depthwise' ? from.channels : from.channels % layer.groups === 0 ? layer.groups : 1
  const outputs = Math.ceil(layer.outputs / group) * group
  const old = n.filters.find(({ dims }) => dims[1]! * group === from.channels && dims[0]! % group === 0)
  const shared = layer.shared ? old : undefined
  const dims = shared?.dims ?? [outputs, from.channels / group, ...layer.kernel]
  const fitted = geometryOn(layer, from, 'conv', dims.slice(2) as unknown as [number, number])
  const taps = dims[1]! * dims[2]! * dims[3]!
  if (!fitted || dims[0]! > MOST_CHANNELS) return
  if (n.network.batch * dims[0]! * taps * fitted.height * fitted.width > MOST_PRODUCTS) return
  const scale = Math.sqrt(1.5 / taps)
  const w = shared?.name ?? n.parameter('weight', n.normal(dims, scale))
  if (!shared) n.filters.push({ name: w, dims })
  const bias = layer.bias ? n.parameter('bias', n.normal([dims[0]!], 0.5)) : undefined
  const name = n.g.op('Conv', [from.name, w, ...(bias ? [bias] : [])], { ...fitted.attributes, group })
  n.maps.push({ name, channels: dims[0]!, height: fitted.height, width: fitted.width })
}

function addPool(n: NetworkWriter, layer: Geometry): void {
  const from = n.back(layer.from)
  const isMax = layer.kind === 'maxPool'
  // Average pools take dilations from operator set 19 on.
  const fitted = geometryOn(isMax ? layer : { ...layer, dilations: [1, 1] }, from, 'pool')
  if (!fitted) return
  const { dilations, ...rest } = fitted.attributes
  // What a window that hangs over its padding counts differs between the official kernel and its gradient.
  const isCounted = layer.countPads && !layer.ceil
  const attributes = isMax ? fitted.attributes : { ...rest, ...(isCounted && { count_include_pad: 1 }) }
  const ceil = layer.ceil && attributes.auto_pad === undefined ? { ceil_mode: 1 } : {}
  const name = n.g.op(isMax ? 'MaxPool' : 'AveragePool', [from.name], { ...attributes, ...ceil })
  n.maps.push({ name, channels: from.channels, height: fitted.height, width: fitted.width })
}

function addNorm(n: NetworkWriter, layer: Norm): void {
  const from = n.back(layer.from)
  const { channels } = from
  const write = () => {
    const old = layer.shared ? n.norms.find((norm) => norm.channels === channels) : undefined
    const scale = old?.scale ?? n.parameter('gamma', n.uniform([channels], 0.5, 1.5))
    const bias = old?.bias ?? n.parameter('beta', n.normal([channels], 0.3))
    if (!old) n.norms.push({ scale, bias, channels })
    const mean = n.state('running_mean', n.normal([channels], 0.3))
    const variance = n.state('running_var', n.uniform([channels], 0.5, 1.5))
    const read = layer.byIdentity ? n.g.op('Identity', [scale]) : scale
    return n.g.op('BatchNormalization', [from.name, read, bias, mean, variance], { epsilon: layer.epsilon })
  }
  const [first, second] = [write(), layer.kind === 'twoNorms' ? n.g.op('Relu', [write()]) : undefined]
  n.maps.push({ ...from, name: second ? n.g.op('Add', [first, second]) : first })
}

const plainOperators: Readonly<Record<string, string>> = {
  relu: 'Relu',
  leakyRelu: 'LeakyRelu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  identity: 'Identity',
}

function addPlain(n: NetworkWriter, layer: Plain): void {
  const from = n.back(layer.from)
  const { g } = n
  const other = n.back(layer.from + layer.other)
  const sameSize = other.height === from.height && other.width === from.width
  const push = (name: string, more: Partial<FeatureMap> = {}) => n.maps.push({ ...from, ...more, name })
  if (layer.kind === 'add') {
    push(g.op('Add', [from.name, sameSize && other.channels === from.channels ? other.name : from.name]))
  } else if (layer.kind === 'concat') {
    const channels = from.channels + other.channels
    if (sameSize && channels <= MOST_CHANNELS) push(g.op('Concat', [from.name, other.name], { axis: 1 }), { channels })
  } else if (layer.kind === 'gate') {
    push(g.op('Mul', [from.name, g.op('Sigmoid', [g.op('GlobalAveragePool', [from.name])])]))
  } else if (layer.kind === 'globalPool') {
    push(g.op('GlobalAveragePool', [from.name]), { height: 1, width: 1 })
  } else if (layer.kind === 'clip') push(g.op('Clip', [from.name, g.scalar(-0.8), g.scalar(0.9)]))
  else push(g.op(plainOperators[layer.kind]!, [from.name]))
}

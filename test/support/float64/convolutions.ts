import { intAttribute, intsAttribute, type Node } from '../../../src/onnx/graph/graph.js'
import { type Array64, permute, reduce, reshape, sizeOf, zeros } from './Array64.js'
import type { Operator, Operators } from './operator.js'
import { type Windows, windowsOf } from './windows.js'

/** Calls `visit` for each pair of an output and an input channel, with the places where their maps and kernel begin. */
function eachPair(
  { x, w, y }: { x: Array64; w: Array64; y: Array64 },
  group: number,
  visit: (x: number, w: number, y: number) => void,
): void {
  const [samples, channels] = x.dims as [number, number]
  const [outputs, inputs] = w.dims as [number, number]
  const [map, kernel, result] = [x, w, y].map(({ dims }) => sizeOf(dims.slice(2))) as [number, number, number]
  for (let n = 0; n < samples; n++)
    for (let m = 0; m < outputs; m++)
      for (let i = 0; i < inputs; i++) {
        const channel = Math.floor(m / (outputs / group)) * inputs + i
        visit((n * channels + channel) * map, (m * inputs + i) * kernel, (n * outputs + m) * result)
      }
}

/** y += x * w */
function correlate(x: Array64, w: Array64, y: Array64, { inputs, outputs, taps }: Windows, group: number): void {
  eachPair({ x, w, y }, group, (atX, atW, atY) => {
    for (let i = 0; i < taps.length; i++)
      y.data[atY + outputs[i]!]! += x.data[atX + inputs[i]!]! * w.data[atW + taps[i]!]!
  })
}

/** dX += dY * w: what a convolution does, backwards. */
function spread(dx: Array64, w: Array64, dy: Array64, { inputs, outputs, taps }: Windows, group: number): void {
  eachPair({ x: dx, w, y: dy }, group, (atX, atW, atY) => {
    for (let i = 0; i < taps.length; i++)
      dx.data[atX + inputs[i]!]! += dy.data[atY + outputs[i]!]! * w.data[atW + taps[i]!]!
  })
}

export function convolve(node: Node, x: Array64, w: Array64, bias: Array64 | undefined, group: number): Array64 {
  const windows = windowsOf(node, x.dims.slice(2), w.dims.slice(2))
  const y = zeros([x.dims[0]!, w.dims[0]!, ...windows.out])
  const size = sizeOf(windows.out)
  if (bias) for (let i = 0; i < y.data.length; i++) y.data[i] = bias.data[Math.floor(i / size) % w.dims[0]!]!
  correlate(x, w, y, windows, group)
  return y
}

const convTranspose: Operator = (node, [x, w, bias]) => {
  const rank = w!.dims.length - 2
  const at = (name: string, axis: number, fallback: number) => intsAttribute(node, name)?.[axis] ?? fallback
  const size = x!.dims.slice(2).map((dim, i) => {
    const reach = at('dilations', i, 1) * (w!.dims[i + 2]! - 1) + 1
    const pads = at('pads', i, 0) + at('pads', i + rank, 0)
    return (dim - 1) * at('strides', i, 1) + at('output_padding', i, 0) + reach - pads
  })
  const group = intAttribute(node, 'group', 1)
  const y = zeros([x!.dims[0]!, w!.dims[1]! * group, ...size])
  const area = sizeOf(size)
  if (bias) for (let i = 0; i < y.data.length; i++) y.data[i] = bias.data[Math.floor(i / area) % y.dims[1]!]!
  spread(y, w!, x!, windowsOf(node, size, w!.dims.slice(2), x!.dims.slice(2)), group)
  return y
}

/** From dY, X and W: dX, dW, dB. */
const convGrad: Operator = (node, [dy, x, w]) => {
  const windows = windowsOf(node, x!.dims.slice(2), w!.dims.slice(2))
  const group = intAttribute(node, 'group', 1)
  const [dx, dw] = [zeros(x!.dims), zeros(w!.dims)]
  const { inputs, outputs, taps } = windows
  spread(dx, w!, dy!, windows, group)
  eachPair({ x: x!, w: dw, y: dy! }, group, (atX, atW, atY) => {
    for (let i = 0; i < taps.length; i++)
      dw.data[atW + taps[i]!]! += x!.data[atX + inputs[i]!]! * dy!.data[atY + outputs[i]!]!
  })
  return [dx, dw, perChannel(dy!, (line) => line.reduce((total, value) => total + value, 0))]
}

/** f of all values of each channel. */
export function perChannel(x: Array64, f: (line: Float64Array) => number): Array64 {
  const axes = x.dims.map((_, axis) => axis).filter((axis) => axis !== 1)
  return reshape(
    reduce(
      permute(x, [1, ...axes]),
      [...axes.keys()].map((i) => i + 1),
      f,
    ),
    [x.dims[1]!],
  )
}

export const convolutions: Operators = {
  ':Conv': (node, [x, w, bias]) => convolve(node, x!, w!, bias, intAttribute(node, 'group', 1)),
  ':ConvTranspose': convTranspose,
  'com.microsoft:ConvGrad': convGrad,
}

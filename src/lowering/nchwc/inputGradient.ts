import { int64 } from '../../onnx/graph/tensor.js'
import type { Blocked } from './layout/Blocked.js'
import type { FilterLayout } from './layout/filters.js'
import type { Geometry } from './layout/geometry.js'
import type { Deferred, Dims, Name, Phase } from './layout/values.js'
import { convolve } from './winograd/winograd.js'

/**
 * The gradient of a convolution's input, deferred so that a sum after it can be taken in: at stride 1 a convolution of u
 * with the flipped, transposed filter; at stride 2 one for each phase of the result, with exactly the taps that reach it.
 * Returns false where the geometry has no blocked form.
 */
export function inputGradient(
  c: Blocked,
  tensors: { dx: string; u: Name; factor: Name | undefined; weight: Name },
  { dims }: FilterLayout,
  { kernel, stride, pads }: Geometry,
  dy: Dims,
  dx: Dims,
): boolean {
  const [outputs, inputs, kh, kw] = dims as Dims
  const { u, weight, factor } = tensors
  const conv =
    (w: Name, size: readonly number[], padding: readonly number[]): Deferred =>
    (add) =>
      c.conv({ x: u, w: c.reshape(w, inputs, outputs, ...size), add }, { kernel_shape: size, pads: padding })

  if (stride === 1) {
    const ends = [kh - 1 - pads[0], kw - 1 - pads[1], kh - 1 - pads[2], kw - 1 - pads[3]] as const
    if (ends.some((end) => end < 0)) return false
    const w = turnedFilter(c, weight, dims as Dims, factor)
    const sizes = { samples: dx[0], inputs: outputs, outputs: inputs, height: dx[2], width: dx[3] }
    setDeferred(c, tensors.dx, (add) => convolve(c, { x: u, w, add }, sizes, { kernel, stride, pads: ends }))
    return true
  }
  if (stride !== 2 || dx[2] !== 2 * dy[2] || dx[3] !== 2 * dy[3]) return false
  if (kh === 1 && kw === 1 && pads.every((pad) => pad === 0)) {
    const w = turnedFilter(c, weight, dims as Dims, factor)
    setPhased(c, tensors.dx, new Map([[0, [conv(w, [1, 1], [0, 0, 0, 0])]]]))
    return true
  }
  if (kh !== 3 || kw !== 3 || pads[0] !== 1 || pads[1] !== 1) return false
  const { block } = c
  const w = c.reshape(
    turnedFilter(c, weight, dims as Dims, factor),
    inputs / block,
    outputs / block,
    3,
    3,
    block,
    block,
  )
  // Even rows see the centre tap alone, odd rows the two outer ones.
  const taps = (odd: number) => (odd ? c.g.ints(0, 2) : c.g.ints(1))
  const phase = (p: number, q: number): Deferred[] => {
    const rows = c.g.op('Gather', [w, taps(p)], { axis: 2 })
    return [conv(c.g.op('Gather', [rows, taps(q)], { axis: 3 }), [1 + p, 1 + q], [0, 0, p, q])]
  }
  setPhased(
    c,
    tensors.dx,
    new Map<Phase, Deferred[]>([
      [0, phase(0, 0)],
      [1, phase(0, 1)],
      [2, phase(1, 0)],
      [3, phase(1, 1)],
    ]),
  )
  return true
}

function setDeferred(c: Blocked, dx: string, deferred: Deferred): void {
  c.values.set(dx, { deferred, make: () => [deferred()] })
}

export function setPhased(c: Blocked, dx: string, phased: ReadonlyMap<Phase, readonly Deferred[]>): void {
  const [n, channels, h, w] = c.dims4(dx)
  const make = () => [c.interleave(c.sumPhases(phased, [n, channels, h / 2, w / 2]), n, channels, h / 2, w / 2)]
  c.values.set(dx, { phased, make })
}

/** [O/B, I/B, kh, kw, i, o] flipped and transposed, [I/B, O/B, kh * kw, o, i], each output channel times its factor. */
function turnedFilter(c: Blocked, weight: Name, [outputs, inputs, kh, kw]: Dims, factor: Name | undefined): Name {
  const { g, block } = c
  const [o, i, taps] = [outputs / block, inputs / block, kh * kw]
  const order: number[] = []
  for (let to = 0; to < i; to++)
    for (let from = 0; from < o; from++)
      for (let tap = taps - 1; tap >= 0; tap--) order.push((from * i + to) * taps + tap)
  const gathered = g.op('Gather', [c.reshape(weight, o * i * taps, block * block), g.constant(int64(order))], {
    axis: 0,
  })
  const turned = c.nchwc('ReorderInput', [c.reshape(gathered, order.length, block, block, 1)])
  const shaped = c.reshape(turned, i, o, taps, block, block)
  return factor ? c.mul(shaped, c.reshape(factor, 1, o, 1, block, 1)) : shaped
}

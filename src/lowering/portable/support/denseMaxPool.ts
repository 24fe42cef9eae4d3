import { intsAttribute, type Node } from '../../../onnx/graph/graph.js'
import { CAST_TO } from '../../../onnx/graph/tensor.js'
import { hasCeilMode, outputSize, windowOf } from '../../../onnx/graph/window.js'
import type { LoweringContext } from './lowering.js'
import { combinations, interleave, phaseSize, position, resizeEnds, takePhase } from './phases.js'
import { total } from './reduce.js'

/**
 * Computes the gradient of max pooling without its Indices: compares the pooled value with the input of each tap of the
 * window. The first tap in row-major order that equals it takes the gradient, and the others no longer get it: exactly
 * the choice of the official kernel, ties included.
 */
export function denseMaxPoolGradient(node: Node, pool: Node, c: LoweringContext): void {
  const { g, strategies } = c
  const [x, y] = [pool.inputs[0]!, pool.outputs[0]!]
  const sizes = c.spatialSizes(x, pool)
  const window = windowOf(pool, intsAttribute(pool, 'kernel_shape')!, sizes)
  const pooled = window.map((axis, i) => outputSize(sizes[i]!, axis, hasCeilMode(pool)))
  const strides = window.map((axis) => axis.stride)
  const phaseSizes = (phase: readonly number[]) => phase.map((p, i) => phaseSize(sizes[i]!, p, strides[i]!))
  const largest = phaseSizes(strides.map(() => 0))

  const phases = new Map<string, { image: string; gradients: string[] }>()
  let untaken = node.inputs[0]!
  for (const tap of combinations(window.map((axis) => axis.kernel))) {
    const positions = window.map((axis, i) => position(tap[i]! * axis.dilation - axis.padBegin, axis.stride))
    const [phase, shift] = [positions.map((at) => at.phase), positions.map((at) => at.shift)]
    const held = phaseSizes(phase)
    if (shift.some((s, i) => s >= held[i]! || s + pooled[i]! <= 0)) continue

    const key = phase.join()
    const { image, gradients } = phases.get(key) ?? { image: takePhase(g, x, phase, strides, sizes), gradients: [] }
    phases.set(key, { image, gradients })
    const end = shift.map((s, i) => s + pooled[i]! - held[i]!)
    const read = resizeEnds(
      g,
      image,
      shift.map((s) => -s),
      end,
      held,
      strategies.lowest,
    )
    const taken = masked(c, g.op('Equal', [read, y]), untaken)
    untaken = g.op('Sub', [untaken, taken])
    gradients.push(
      resizeEnds(
        g,
        taken,
        shift,
        largest.map((size, i) => size - shift[i]! - pooled[i]!),
        pooled,
      ),
    )
  }

  const images = combinations(strides).map((phase) => {
    const gradients = phases.get(phase.join())?.gradients
    return gradients ? total(g, gradients) : zeros(c, x, largest)
  })
  interleave(g, images, strides, largest, sizes, node.outputs[0]!)
}

/** Returns the values where a condition is true, 0 elsewhere. */
function masked({ g, strategies }: LoweringContext, condition: string, values: string): string {
  if (strategies.mask === 'comparison') return g.op('Where', [condition, values, g.scalar(0)])
  return g.op('Mul', [g.op('Cast', [condition], { to: CAST_TO.float32 }), values])
}

/** Returns zeros for a phase that no window reads (a stride larger than the kernel). */
function zeros({ g }: LoweringContext, x: string, sizes: readonly number[]): string {
  const lead = g.op('Shape', [x], { start: 0, end: 2 })
  return g.op('ConstantOfShape', [g.op('Concat', [lead, g.ints(...sizes)], { axis: 0 })])
}

import { MS, type Node } from '../../../onnx/graph/graph.js'
import type { Name } from '../layout/dims.js'
import { blockedConvolution } from '../layout/geometry.js'
import { mean } from '../ops/reductions.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'
import { cutGradient } from '../writer/paddedFilter.js'
import type { BlockedRule } from '../writer/rule.js'
import { depthwiseWeightGradient } from './depthwiseWeightGradient.js'
import { firstWeightGradient } from './firstWeightGradient.js'
import { inputGradient } from './inputGradient.js'
import { type ScaledGradient, weightGradient } from './weightGradient.js'

export const ConvGrad: BlockedRule = {
  operator: `${MS}:ConvGrad`,
  write(node, c) {
    const [dx, dw, db] = node.outputs as [string?, string?, string?]
    const convolution = blockedConvolution(node, c.official)!
    const dy = scaledGradient(node, convolution.isFirst, c)
    if (db) biasGradient(db, node.inputs[0]!, dy, c)
    if (dw) {
      const isDepthwise = convolution.geometry.group > 1
      const write = isDepthwise ? depthwiseWeightGradient : convolution.isFirst ? firstWeightGradient : weightGradient
      const gradient = write(node, convolution, dy, c)
      const { filter, isPadded } = convolution
      if (isPadded) cutGradient(c.ops, gradient, c.official.dims(node.inputs[2]!), filter, dw)
      else c.g.op('Reshape', [gradient, c.g.ints(...filter.dims)], {}, { outputs: [dw] })
    }
    if (!dx) return
    if (c.plan.layout.inputGradients.has(node)) c.values.set(dx, inputGradient(node, convolution, dy, c))
    else c.writePlain({ ...node, outputs: [dx] }, c)
  },
}

/**
 * Returns dY, or dY without the factor of a batch norm, and that factor. Only a first convolution reads it by phases.
 */
function scaledGradient(node: Node, isFirst: boolean, c: BlockedWriter): ScaledGradient {
  const dy = node.inputs[0]!
  const value = c.values.get(dy)
  const isScaled = c.plan.fusions.get(node)?.kind === 'scaled filter'
  if (isScaled && value?.kind === 'scaled') return { u: value.u, factor: value.a }
  return { u: isFirst ? c.values.parts(dy) : [c.values.whole(dy)] }
}

function biasGradient(output: string, dy: string, { u, factor }: ScaledGradient, c: BlockedWriter): void {
  const { ops } = c
  const [n, channels, h, w] = c.official.dims4(dy)
  const steps = u.length === 1 ? 1 : 2
  const means = u.map((name: Name) => mean(ops, name, [n, channels, h / steps, w / steps]))
  const sum = ops.mul(ops.total(means), ops.number((n * h * w) / u.length))
  c.g.op('Mul', [sum, factor ?? ops.number(1)], {}, { outputs: [output] })
}

import type { Node } from '../../../onnx/graph/graph.js'
import { overhang } from '../../../onnx/graph/window.js'
import { type Dims, type Name, PHASES } from '../layout/dims.js'
import { blockedConvolution, correlatedInput, type Geometry } from '../layout/geometry.js'
import type { ConvInputs } from '../ops/BlockedOps.js'
import { convolve } from '../winograd/convolve.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'
import type { BlockedRule } from '../writer/rule.js'

export const Conv: BlockedRule = {
  operator: 'Conv',
  write(node, c) {
    const [x, w] = node.inputs as [string, string]
    const y = node.outputs[0]!
    const { filter, geometry, isFirst } = blockedConvolution(node, c.official)!
    const bias = shiftedBias(node, c)
    if (isFirst) {
      c.values.makePlain(x)
      c.values.set(y, { kind: 'tensors', parts: firstConvolution(node, { x, w, bias }, geometry, c) })
      return
    }
    const input = correlatedInput(geometry, c.official.dims4(x), c.official.dims4(y))
    const tensors = { x: input?.isThinned ? thinned(node, geometry, c) : c.values.whole(x), w: c.filter(w), bias }
    const [samples, outputs, height, width] = c.official.dims4(y)
    const sizes = { samples, inputs: filter.dims[1]!, outputs, height, width }
    const window = input?.isThinned ? { ...geometry, stride: 1 } : geometry
    const algorithm = c.plan.algorithms.convolutions.get(node)!
    c.values.set(y, { kind: 'tensors', parts: [convolve(c.ops, tensors, sizes, window, algorithm)] })
  },
}

/** Returns the bias, less the running mean of the batch norm after it if the plan shifts it. */
function shiftedBias(node: Node, c: BlockedWriter): Name | undefined {
  const bias = node.inputs[2]
  const fusion = c.plan.fusions.get(node)
  if (fusion?.kind !== 'shift') return bias
  return bias ? c.ops.sub(bias, fusion.runningMean) : c.g.op('Neg', [fusion.runningMean])
}

/** Returns only the pixels that a 1x1 convolution with stride reads. The weight gradient reads them too. */
function thinned(node: Node, { stride }: Geometry, c: BlockedWriter): Name {
  const x = c.values.whole(node.inputs[0]!)
  const pixels = c.ops.nchwc('MaxPool', [x], { kernel_shape: [1, 1], strides: [stride, stride] })
  c.kept.thinned.set(node, pixels)
  return pixels
}

function firstConvolution(node: Node, tensors: ConvInputs, geometry: Geometry, c: BlockedWriter): readonly Name[] {
  const { kernel, stride, pads } = geometry
  if (c.plan.phases.stems.has(node))
    return phasesOf(tensors, geometry, c.official.dims4(node.inputs[0]!), c.official.dims4(node.outputs[0]!), c)
  return [c.ops.conv(tensors, { kernel_shape: [...kernel], strides: [stride, stride], pads: [...pads] })]
}

/** Computes the phases of a convolution's output: each a convolution of twice the stride. */
function phasesOf(
  tensors: ConvInputs,
  { kernel, stride, pads }: Geometry,
  x: Dims,
  y: Dims,
  c: BlockedWriter,
): readonly Name[] {
  const step = 2 * stride
  return PHASES.map(([p, q]) => {
    const [top, left] = [pads[0] - stride * p, pads[1] - stride * q]
    const reach = (axis: 0 | 1, padBegin: number) =>
      Math.max(0, overhang(x[2 + axis]!, y[2 + axis]! / 2, { extent: kernel[axis], stride: step, padBegin }))
    const attributes = { kernel_shape: [...kernel], strides: [step, step] }
    return c.ops.conv(tensors, { ...attributes, pads: [top, left, reach(0, top), reach(1, left)] })
  })
}

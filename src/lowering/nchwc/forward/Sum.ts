import type { Node } from '../../../onnx/graph/graph.js'
import type { Name, Phase } from '../layout/dims.js'
import type { DeferredConv } from '../ops/spatial.js'
import type { SiluGradient } from '../plan/siluGradient.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'
import type { BlockedRule } from '../writer/rule.js'
import type { Value } from '../writer/values.js'
import { affineMaps } from './affineMaps.js'

export const Add: BlockedRule = { operator: 'Add', write: writeSum }
export const Sum: BlockedRule = { operator: 'Sum', write: writeSum }

function writeSum(node: Node, c: BlockedWriter): void {
  c.values.set(node.outputs[0]!, sumOf(node, c))
}

function sumOf(node: Node, c: BlockedWriter): Value {
  const fusion = c.plan.fusions.get(node)
  switch (fusion?.kind) {
    case 'sum by phase':
      return sumByPhase(node, c)
    case 'SiLU gradient':
      return { kind: 'tensors', parts: [siluGradient(fusion, c)] }
    case 'scaled and shifted maps':
      return { kind: 'tensors', parts: [affineMaps(fusion, c)] }
    case 'residual':
      return residual(node, fusion.norm, c)
    case 'sum into convolutions':
      return { kind: 'tensors', parts: [sumIntoConvolutions(node, fusion.inputs, c)] }
    default:
      return { kind: 'tensors', parts: [c.ops.total(node.inputs.map((input) => c.values.whole(input)))] }
  }
}

/** Adds the inputs phase by phase; the sum is lazy, as its inputs are. */
function sumByPhase({ inputs }: Node, c: BlockedWriter): Value {
  const phases = new Map<Phase, readonly DeferredConv[]>()
  for (const input of inputs) {
    const value = c.values.get(input)
    if (value?.kind !== 'sum by phase') continue
    for (const [phase, terms] of value.phases) phases.set(phase, [...(phases.get(phase) ?? []), ...terms])
  }
  return { kind: 'sum by phase', phases }
}

/** Returns dY (s + y (1 - s)). */
function siluGradient({ dy, sigmoid, y }: SiluGradient, { ops, values }: BlockedWriter): Name {
  const [whole, s] = [values.whole(y), values.whole(sigmoid)]
  return ops.mul(values.whole(dy), ops.add(ops.sub(whole, ops.mul(whole, s)), s))
}

/** Returns batch norm and its summand, in one pass. */
function residual({ inputs }: Node, norm: number, c: BlockedWriter): Value {
  const value = c.values.get(inputs[norm]!)
  const parts = value?.kind === 'affine' ? value.parts : []
  const add = c.values.whole(inputs[1 - norm]!)
  return { kind: 'affine', parts: parts.map((part) => ({ ...part, add })) }
}

/** Adds the inputs that are written already, then has one convolution after the other add to the sum. */
function sumIntoConvolutions({ inputs }: Node, places: readonly number[], c: BlockedWriter): Name {
  const ready = inputs.filter((_, place) => !places.includes(place)).map((input) => c.values.whole(input))
  let total = ready.length > 0 ? c.ops.total(ready) : undefined
  for (const place of places) {
    const value = c.values.get(inputs[place]!)
    if (value?.kind === 'convolution') total = value.write(total)
  }
  return total!
}

import { MS, type Node } from '../../onnx/graph/graph.js'
import { setAffine } from './batchNorm.js'
import { setPhased } from './inputGradient.js'
import type { Blocked } from './layout/Blocked.js'
import type { Deferred, Name, Phase } from './layout/values.js'
import type { BlockedRule } from './rule.js'

export const relu: BlockedRule = {
  operator: ':Relu',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    if (!c.isBlocked(x)) return false
    const affine = c.values.get(x)?.affine
    const channels = c.dims4(x)[1]
    const parts = affine
      ? affine.x.map((name) => c.affine(name, channels, affine.a, affine.b, affine.add, true))
      : c.parts(x).map((name) => c.g.op('Relu', [name]))
    c.values.set(y, { parts })
    return true
  },
}

export const reluGrad: BlockedRule = {
  operator: `${MS}:ReluGrad`,
  write(node, c) {
    const [dy, y] = node.inputs as [string, string]
    const dx = node.outputs[0]!
    if (!c.isBlocked(y)) return false
    const state = c.values.get(dy)
    if (state?.masked) {
      c.values.set(dx, { parts: c.parts(dy) })
      return true
    }
    const gradients = c.parts(dy)
    const outputs = gradients.length === 1 ? [c.blocked(y)] : c.parts(y)
    if (gradients.length !== outputs.length) return false
    c.values.set(dx, { parts: gradients.map((d, i) => c.maskByRelu(d, outputs[i]!)) })
    return true
  },
}

export const add: BlockedRule = { operator: ':Add', write: sum }
export const sumRule: BlockedRule = { operator: ':Sum', write: sum }

function sum(node: Node, c: Blocked): boolean {
  const { inputs } = node
  const output = node.outputs[0]!
  const sameShape = inputs.every((input) => `${c.dims(input)}` === `${c.dims(output)}`)
  if (!sameShape || !inputs.some((input) => c.isBlocked(input))) return false
  return sumOfPhases(inputs, output, c) || sumIntoAffine(inputs, output, c) || plainSum(inputs, output, c)
}

/** Gradients that exist by phase only: phase by phase. */
function sumOfPhases(inputs: readonly string[], output: string, c: Blocked): boolean {
  const phased = inputs.map((input) => c.values.get(input)?.phased)
  if (!phased.every((value) => value !== undefined)) return false
  const merged = new Map<Phase, readonly Deferred[]>()
  for (const value of phased)
    for (const [phase, terms] of value) merged.set(phase, [...(merged.get(phase) ?? []), ...terms])
  setPhased(c, output, merged)
  return true
}

/** Batch norm and a residual: the sum becomes part of its pass. */
function sumIntoAffine(inputs: readonly string[], output: string, c: Blocked): boolean {
  if (inputs.length !== 2) return false
  const place = inputs.findIndex((input) => {
    const affine = c.values.get(input)?.affine
    return affine && !affine.add && affine.x.length === 1
  })
  if (place < 0) return false
  const { x, a, b } = c.values.get(inputs[place]!)!.affine!
  setAffine(c, output, { x, a, b, add: c.blocked(inputs[1 - place]!) })
  return true
}

/** Deferred convolutions take the others in. */
function plainSum(inputs: readonly string[], output: string, c: Blocked): boolean {
  const deferred = inputs.map((input) => c.values.get(input)?.deferred)
  const ready = inputs.filter((_, i) => !deferred[i]).map((input) => c.blocked(input))
  const convolutions = deferred.filter((value) => value !== undefined)
  const make = (): readonly Name[] => {
    let total = ready.length > 0 ? c.total(ready) : undefined
    for (const convolution of convolutions) total = convolution(total)
    return [total!]
  }
  c.values.set(output, { parts: make() })
  return true
}

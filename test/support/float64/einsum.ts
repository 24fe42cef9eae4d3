import { stringAttribute } from '../../../src/onnx/graph/graph.js'
import { type Array64, sizeOf, stridesOf, zeros } from './Array64.js'
import type { Operator, Operators } from './operator.js'

/** The sum of products over every value of every letter. Ellipses are written as digits, the last for the last axis. */
const einsum: Operator = (node, inputs) => {
  const operands = inputs as readonly Array64[]
  const [left, right] = stringAttribute(node, 'equation', '').replaceAll(' ', '').split('->') as [string, string?]
  const hidden = Math.max(
    ...left.split(',').map((term, i) => (term.includes('...') ? operands[i]!.dims.length - term.length + 3 : 0)),
  )
  const digits = '987654321'.slice(9 - hidden)
  const terms = left
    .split(',')
    .map((term, i) => term.replace('...', digits.slice(hidden - operands[i]!.dims.length + term.length - 3)))
  const once = [...new Set(left.replace(/[.,]/g, ''))].filter((letter) => left.split(letter).length === 2).sort()
  const result = right?.replace('...', digits) ?? digits + once.join('')
  const letters = [...new Set(terms.join('') + result)]
  const sizes = new Map(terms.flatMap((term, i) => [...term].map((letter, axis) => [letter, operands[i]!.dims[axis]!])))
  const dims = letters.map((letter) => sizes.get(letter)!)
  const y = zeros([...result].map((letter) => sizes.get(letter)!))
  const steps = [...terms.map((term, i) => stepsOf(term, operands[i]!.dims)), stepsOf(result, y.dims)]
  for (let i = 0; i < sizeOf(dims); i++) {
    const places = steps.map(() => 0)
    let rest = i
    for (let l = letters.length - 1; l >= 0; l--) {
      for (const [s, step] of steps.entries()) places[s]! += (rest % dims[l]!) * (step.get(letters[l]!) ?? 0)
      rest = Math.floor(rest / dims[l]!)
    }
    y.data[places.at(-1)!]! += operands.reduce((product, operand, s) => product * operand.data[places[s]!]!, 1)
  }
  return y
}

/** How far each letter moves in memory; one that occurs twice moves along the diagonal. */
function stepsOf(term: string, dims: readonly number[]): ReadonlyMap<string, number> {
  const strides = stridesOf(dims)
  const steps = new Map<string, number>()
  for (const [axis, letter] of [...term].entries()) steps.set(letter, (steps.get(letter) ?? 0) + strides[axis]!)
  return steps
}

export const sums: Operators = { ':Einsum': einsum }

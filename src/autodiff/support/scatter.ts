import { type Node, stringAttribute } from '../../onnx/graph/graph.js'
import { type GradientRule, gradientRule } from './rule.js'
import { unsupported } from './unsupported.js'

/**
 * Returns the rule of updates that are written into data, or added to it. The updates get dY from where they went;
 * what they have overwritten gets none.
 * @param gather the operator that reads what `operator` writes
 */
export const scatterRule = (
  operator: string,
  gather: string,
  placeOf: (node: Node) => Readonly<Record<string, number>>,
): GradientRule =>
  gradientRule({
    operator,
    inputs: ['data', 'indices', 'updates'],
    gradient: (c) => {
      const [, indices, updates] = c.node.inputs
      const how = placeOf(c.node)
      const reduction = stringAttribute(c.node, 'reduction', 'none')
      if (reduction !== 'none' && reduction !== 'add') throw unsupported(c, `the reduction ${reduction}`)
      return {
        data: () => {
          if (reduction === 'add') return c.dy
          const zeros = c.g.op('ConstantOfShape', [c.g.op('Shape', [updates])])
          return c.g.op(operator, [c.dy, indices, zeros], how)
        },
        updates: () => c.g.op(gather, [c.dy, indices], how),
      }
    },
  })

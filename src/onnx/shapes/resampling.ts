import { type Dim, intAttribute, intsAttribute, type Shape, stringAttribute } from '../graph/graph.js'
import { fromFront } from './dims.js'
import type { RuleContext, ShapeRule } from './rule.js'

/** Infers Resize, by sizes or by scales. Other policies than stretching depend on several axes at once. */
export const resize: ShapeRule = (context) => {
  const { node, type, shape, elements, has } = context
  const x = shape(0)
  if (!x) return [{ type: type(0) }]
  const axes = (intsAttribute(node, 'axes') ?? x.map((_, i) => i)).map((axis) => fromFront(axis, x.length))
  const isStretched = stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch') === 'stretch'
  const sizes = has(3) ? elements(3) : scaledSizes(context, x, axes)
  const dimAt = (axis: number, dim: Dim): Dim => {
    const place = axes.indexOf(axis)
    if (place < 0) return dim
    return isStretched ? (sizes?.[place] ?? null) : null
  }
  return [{ type: type(0), shape: x.map((dim, axis) => dimAt(axis, dim)) }]
}

/** Returns the sizes by the scales, which were input 1 in operator set 10. */
function scaledSizes({ opset, tensor }: RuleContext, x: Shape, axes: readonly number[]): readonly Dim[] | undefined {
  const scales = tensor(opset < 11 ? 1 : 2)
  return (
    scales &&
    axes.map((axis, place): Dim => {
      const [dim, scale] = [x[axis]!, Number(scales.data[place])]
      if (scale === 1) return dim
      return typeof dim === 'number' ? Math.floor(dim * scale) : null
    })
  )
}

/** Infers DepthToSpace: [N, C, H, W] to [N, C / b^2, H b, W b]. */
export const depthToSpace: ShapeRule = ({ node, type, shape }) => {
  const block = intAttribute(node, 'blocksize', 1)
  return [
    {
      type: type(0),
      shape: blocks(
        shape(0),
        (dim) => dim / block ** 2,
        (dim) => dim * block,
      ),
    },
  ]
}

/** Infers SpaceToDepth: [N, C, H, W] to [N, C b^2, H / b, W / b]. */
export const spaceToDepth: ShapeRule = ({ node, type, shape }) => {
  const block = intAttribute(node, 'blocksize', 1)
  return [
    {
      type: type(0),
      shape: blocks(
        shape(0),
        (dim) => dim * block ** 2,
        (dim) => dim / block,
      ),
    },
  ]
}

function blocks(
  x: Shape | undefined,
  channels: (dim: number) => number,
  side: (dim: number) => number,
): Shape | undefined {
  if (!x) return undefined
  const [n, c, ...image] = x as [Dim, Dim, ...Dim[]]
  const known = (dim: Dim, f: (dim: number) => number): Dim => (typeof dim === 'number' ? f(dim) : null)
  return [n, known(c, channels), ...image.map((dim) => known(dim, side))]
}

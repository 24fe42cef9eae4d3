import type { Name } from '../layout/dims.js'
import type { BlockedOps } from './BlockedOps.js'

/** The limit in standard deviations. At four of them E[x^2] - E[x]^2 is still accurate to 1e-6. */
const FAR = 4

/**
 * Computes a scalar: true if the mean of some channel is so far from zero that sums of x * y lose digits, as E[x^2] -
 * E[x]^2 does. Batch norm adds `epsilon` to the variance, so digits below it do not count.
 */
export function isFar(ops: BlockedOps, squaredMean: Name, variance: Name, epsilon: number): Name {
  const excess = ops.sub(squaredMean, ops.mul(variance, ops.number(FAR ** 2)))
  return ops.g.op('Greater', [ops.g.op('ReduceMax', [excess], { keepdims: 0 }), ops.number(FAR ** 2 * epsilon)])
}

/**
 * Returns the value that was computed from x itself; or if its mean is far, the one that `write` computes from x -
 * mean. That takes another pass over memory, which runs only then: If runs one of its branches.
 */
export function unlessFar(
  ops: BlockedOps,
  computed: Name,
  far: Name,
  x: { readonly parts: readonly Name[]; readonly channels: number; readonly mean: Name },
  write: (centered: readonly Name[]) => Name,
): Name {
  const centered = () => {
    const bias = ops.g.op('Neg', [x.mean])
    const w = ops.depthwiseFilter(x.channels, [1], [1, 1])
    return x.parts.map((name) => ops.conv({ x: name, w, bias }, { kernel_shape: [1, 1], group: x.channels }))
  }
  return ops.g.op('If', [far], {
    then_branch: ops.branch(() => write(centered())),
    else_branch: ops.branch(() => ops.g.op('Identity', [computed])),
  })
}

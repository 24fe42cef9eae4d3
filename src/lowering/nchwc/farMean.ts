import type { Blocked } from './layout/Blocked.js'
import type { Name } from './layout/values.js'

/** Standard deviations. At four of them E[x^2] - E[x]^2 is still good to 1e-6. */
const FAR = 4

/**
 * Whether the mean of some channel is so far from zero that sums of x * y lose digits, as E[x^2] - E[x]^2 does: a scalar.
 * Batch norm adds `epsilon` to the variance, so digits below it do not count.
 */
export function isFar(c: Blocked, squaredMean: Name, variance: Name, epsilon: number): Name {
  const excess = c.sub(squaredMean, c.mul(variance, c.number(FAR ** 2)))
  return c.g.op('Greater', [c.g.op('ReduceMax', [excess], { keepdims: 0 }), c.number(FAR ** 2 * epsilon)])
}

/**
 * What was computed from x as it is; or where its mean is far, what `write` computes from x - mean. That is a pass over
 * memory more, which is made only then: If runs one of its branches.
 */
export function unlessFar(
  c: Blocked,
  computed: Name,
  far: Name,
  x: { readonly parts: readonly Name[]; readonly channels: number; readonly mean: Name },
  write: (centered: readonly Name[]) => Name,
): Name {
  const centered = () => {
    const bias = c.g.op('Neg', [x.mean])
    const w = c.perChannel(x.channels, [1], [1, 1])
    return x.parts.map((name) => c.conv({ x: name, w, bias }, { kernel_shape: [1, 1], group: x.channels }))
  }
  return c.g.op('If', [far], {
    then_branch: c.branch(() => write(centered())),
    else_branch: c.branch(() => c.g.op('Identity', [computed])),
  })
}

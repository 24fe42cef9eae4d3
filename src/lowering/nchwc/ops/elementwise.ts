import { HUGE_SLOPE } from '../../portable/support/mask.js'
import type { Name } from '../layout/dims.js'
import type { BlockedOps } from './BlockedOps.js'

/** The operands of a * x + b + add for each channel. */
export interface Affine {
  readonly x: Name
  readonly a: Name
  readonly b: Name
  readonly add?: Name | undefined
}

/** An activation at the end of a convolution. */
export type Activation =
  | { readonly activation: 'Relu' }
  | { readonly activation: 'Clip'; readonly activation_params: readonly [min: number, max: number] }

/** Computes an affine map in one pass over memory, with an activation at its end. */
export function affine(ops: BlockedOps, { x, a, b, add }: Affine, channels: number, activation?: Activation): Name {
  return ops.conv(
    { x, w: ops.reshape(a, channels, 1, 1, 1), bias: b, add },
    { kernel_shape: [1, 1], group: channels, ...activation },
  )
}

/** Computes d where z > 0, else 0: a HardSigmoid so steep that it is a step. */
export function maskByRelu(ops: BlockedOps, d: Name, z: Name): Name {
  return ops.mul(ops.g.op('HardSigmoid', [z], { alpha: HUGE_SLOPE, beta: 0 }), d)
}

/** Computes d where low < z < high, else 0, if z is within these limits: where the product of its distances is not 0. */
export function maskByClip(ops: BlockedOps, d: Name, z: Name, [low, high]: readonly [number, number]): Name {
  const above = low === 0 ? z : ops.sub(z, ops.number(low))
  return maskByRelu(ops, d, ops.mul(above, ops.sub(ops.number(high), z)))
}

/**
 * Computes 1 where x equals its upper bound, else 0: again a HardSigmoid, as Equal and Cast run on one thread and take
 * twice the time.
 */
export function reaches(ops: BlockedOps, x: Name, bound: Name): Name {
  return ops.g.op('HardSigmoid', [ops.sub(x, bound)], { alpha: HUGE_SLOPE, beta: 1 })
}

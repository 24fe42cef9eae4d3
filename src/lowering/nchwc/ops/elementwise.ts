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
  | { readonly activation: 'LeakyRelu'; readonly activation_params: readonly [slope: number] }

/** Computes an affine map in one pass over memory, with an activation at its end. */
export function affine(ops: BlockedOps, { x, a, b, add }: Affine, channels: number, activation?: Activation): Name {
  return ops.conv(
    { x, w: ops.reshape(a, channels, 1, 1, 1), bias: b, add },
    { kernel_shape: [1, 1], group: channels, ...activation },
  )
}

/** The operands of factor * x + bias + add, the same for each channel. */
export interface Scaled {
  readonly x: Name
  readonly factor: number
  readonly bias?: number
  readonly add?: Name | undefined
}

/** Computes the same affine map for each channel in one pass over memory, with an activation at its end. */
export function scaled(ops: BlockedOps, parts: Scaled, channels: number, activation?: Activation): Name {
  const { x, factor, bias, add } = parts
  const w = ops.depthwiseFilter(channels, [factor], [1, 1])
  const biases = bias === undefined ? undefined : ops.g.floats(...Array(channels).fill(bias))
  return ops.conv({ x, w, bias: biases, add }, { kernel_shape: [1, 1], group: channels, ...activation })
}

/** Computes d where z > 0, else 0: a HardSigmoid so steep that it is a step. */
export function maskByRelu(ops: BlockedOps, d: Name, z: Name): Name {
  return ops.mul(ops.g.op('HardSigmoid', [z], { alpha: HUGE_SLOPE, beta: 0 }), d)
}

/**
 * Computes d where low < z < high, else 0, if z is within these limits: where its distance from the middle is below half
 * of the range, which a convolution with LeakyRelu of slope -1 computes in one pass. Values that are closer to a limit
 * than the rounding of the middle are at it.
 */
export function maskByClip(ops: BlockedOps, d: Name, z: Name, [low, high]: Limits, channels: number): Name {
  const [middle, half] = [Math.fround((low + high) / 2), Math.fround((high - low) / 2)]
  // Where no float32 is as far from both limits, as 3 is from 0 and 6, one would not be at half of the range.
  if (middle - low !== half || high - middle !== half)
    return maskByRelu(ops, d, ops.mul(ops.sub(z, ops.number(low)), ops.sub(ops.number(high), z)))
  const absolute = { activation: 'LeakyRelu', activation_params: [-1] } as const
  const distance = scaled(ops, { x: z, factor: 1, bias: -middle }, channels, absolute)
  // A power of two, by which products are exact, and 1 for the least difference of a distance and half of the range.
  const slope = 2 ** (24 - Math.floor(Math.log2(half)))
  return ops.mul(ops.g.op('HardSigmoid', [distance], { alpha: -slope, beta: slope * half }), d)
}

type Limits = readonly [low: number, high: number]

/**
 * Computes 1 where x equals its upper bound, else 0: again a HardSigmoid, as Equal and Cast run on one thread and take
 * twice the time.
 */
export function reaches(ops: BlockedOps, x: Name, bound: Name): Name {
  return ops.g.op('HardSigmoid', [ops.sub(x, bound)], { alpha: HUGE_SLOPE, beta: 1 })
}

import { TimeSlicer } from '../TimeSlicer.js'
import { type Examples, SoftmaxObjective, softmaxRows } from './softmaxObjective.js'

export interface FitOptions {
  /** The factor of the penalty l2 / 2 * (sum of squared weights) beside the mean cross entropy, above 0. */
  readonly l2: number
  /** The norm of the gradient at which it ends. @default 1e-6 */
  readonly tolerance?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A fitted softmax regression. */
export interface SoftmaxFit {
  /** The parameters, [classes, size + 1] by rows: the weights of a class, then its bias. */
  readonly parameters: Float64Array
  /** The norm of the gradient there: at the optimum it is 0, and the objective is convex. */
  readonly gradientNorm: number
  readonly steps: number
}

const MOST_STEPS = 100
/** The most products with the Hessian in a step. */
const MOST_PRODUCTS = 250

/**
 * Fits a softmax regression: minimises the mean cross entropy + l2 / 2 * (sum of squared weights), from 0, by Newton's
 * method with conjugate gradients (Nocedal & Wright, algorithm 7.1) and backtracking. It is deterministic; other work
 * of the thread has its turn every few milliseconds. It ends with the reason of the signal.
 */
export async function fitSoftmax(examples: Examples, options: FitOptions): Promise<SoftmaxFit> {
  const { l2, tolerance = 1e-6, signal } = options
  const objective = new SoftmaxObjective(examples)
  const slices = new TimeSlicer()
  const parameters = new Float64Array(objective.length)
  let logits = objective.products(parameters)
  for (let steps = 0; ; steps++) {
    const probabilities = softmaxRows(logits, examples.classes)
    const gradient = objective.addPenalty(objective.mean(objective.residuals(probabilities)), parameters, l2)
    const gradientNorm = norm(gradient)
    if (gradientNorm <= tolerance || steps === MOST_STEPS) return { parameters, gradientNorm, steps }
    const product = async (direction: Float64Array) => {
      await slices.next()
      signal?.throwIfAborted()
      const change = objective.change(probabilities, objective.products(direction))
      return objective.addPenalty(objective.mean(change), direction, l2)
    }
    const direction = await newtonDirection(gradient, product)
    const scale = backtrack(objective, { parameters, logits, direction, gradient, l2 })
    if (scale === 0) return { parameters, gradientNorm, steps }
    addScaled(parameters, direction, scale)
    logits = objective.products(parameters)
  }
}

/** Solves Hessian * direction = -gradient by conjugate gradients, the more exactly the smaller the gradient is. */
async function newtonDirection(
  gradient: Float64Array,
  product: (direction: Float64Array) => Promise<Float64Array>,
): Promise<Float64Array> {
  const solution = new Float64Array(gradient.length)
  const residual = gradient.map((value) => -value)
  const enough = Math.min(0.1, Math.sqrt(norm(gradient))) * norm(gradient)
  let search = residual.slice()
  let squares = dot(residual, residual)
  for (let i = 0; i < MOST_PRODUCTS && Math.sqrt(squares) > enough; i++) {
    const along = await product(search)
    const curvature = dot(search, along)
    if (!(curvature > 0)) break
    const step = squares / curvature
    addScaled(solution, search, step)
    addScaled(residual, along, -step)
    const next = dot(residual, residual)
    const kept = search
    search = residual.map((value, at) => value + (next / squares) * kept[at]!)
    squares = next
  }
  return solution
}

interface Position {
  readonly parameters: Float64Array
  readonly logits: Float64Array
  readonly direction: Float64Array
  readonly gradient: Float64Array
  readonly l2: number
}

/** Finds a step that lowers the objective enough (Armijo); 0 if the arithmetic cannot tell one any more. */
function backtrack(objective: SoftmaxObjective, { parameters, logits, direction, gradient, l2 }: Position): number {
  const change = objective.products(direction)
  const value = (scale: number) => {
    const moved = parameters.map((parameter, at) => parameter + scale * direction[at]!)
    return objective.loss(logits.map((logit, at) => logit + scale * change[at]!)) + (l2 / 2) * objective.squares(moved)
  }
  const before = value(0)
  const slope = dot(gradient, direction)
  // Near the optimum the decrease is below the rounding of the sum.
  const rounding = 1e-14 * Math.abs(before)
  for (let scale = 1; scale > 1e-10; scale /= 2)
    if (value(scale) <= before + 1e-4 * scale * slope + rounding) return scale
  return 0
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0)
const norm = (a: Float64Array): number => Math.sqrt(dot(a, a))

function addScaled(to: Float64Array, values: Float64Array, scale: number): void {
  for (let at = 0; at < to.length; at++) to[at]! += scale * values[at]!
}

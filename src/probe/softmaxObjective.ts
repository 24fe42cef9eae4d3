/** Features and labels to fit. */
export interface Examples {
  /** The features, [labels.length, size] by rows. */
  readonly features: Float32Array | Float64Array
  readonly size: number
  /** The index of the class of each row. */
  readonly labels: ArrayLike<number>
  /** The number of classes. */
  readonly classes: number
}

/**
 * The arithmetic of softmax regression on n examples of d features and k classes, in float64. Parameters are
 * [k, d + 1], by rows: the weights of a class, then its bias.
 */
export class SoftmaxObjective {
  readonly #columns: number

  constructor(private readonly examples: Examples) {
    this.#columns = examples.size + 1
  }

  /** The number of parameters. */
  get length(): number {
    return this.examples.classes * this.#columns
  }

  get count(): number {
    return this.examples.labels.length
  }

  /** Computes the products of all examples with parameters, [n, k]: the logits. */
  products(parameters: Float64Array): Float64Array {
    const { features, size, classes } = this.examples
    const results = new Float64Array(this.count * classes)
    for (let i = 0; i < this.count; i++)
      for (let c = 0; c < classes; c++) {
        const [row, at] = [i * size, c * this.#columns]
        let sum = parameters[at + size]!
        for (let j = 0; j < size; j++) sum += features[row + j]! * parameters[at + j]!
        results[i * classes + c] = sum
      }
    return results
  }

  /** Computes the sum over examples of weights [n, k] times features, [k, d + 1], divided by n. */
  mean(weights: Float64Array): Float64Array {
    const { features, size, classes } = this.examples
    const results = new Float64Array(this.length)
    for (let i = 0; i < this.count; i++)
      for (let c = 0; c < classes; c++) {
        const [row, at, weight] = [i * size, c * this.#columns, weights[i * classes + c]! / this.count]
        for (let j = 0; j < size; j++) results[at + j]! += weight * features[row + j]!
        results[at + size]! += weight
      }
    return results
  }

  /** Adds `scale` times the weights to results; biases have no penalty. */
  addPenalty(results: Float64Array, parameters: Float64Array, scale: number): Float64Array {
    for (let at = 0; at < results.length; at++) if (!this.#isBias(at)) results[at]! += scale * parameters[at]!
    return results
  }

  /** Computes the sum of the squares of the weights. */
  squares(parameters: Float64Array): number {
    return parameters.reduce((sum, value, at) => sum + (this.#isBias(at) ? 0 : value * value), 0)
  }

  /** Computes the mean cross entropy of logits [n, k]. */
  loss(logits: Float64Array): number {
    const { labels, classes } = this.examples
    let sum = 0
    for (let i = 0; i < this.count; i++) {
      const row = logits.subarray(i * classes, (i + 1) * classes)
      sum += logSumExp(row) - row[labels[i]!]!
    }
    return sum / this.count
  }

  /** Computes the probabilities minus the one-hot labels, [n, k]. */
  residuals(probabilities: Float64Array): Float64Array {
    const { labels, classes } = this.examples
    const results = probabilities.slice()
    for (let i = 0; i < this.count; i++) results[i * classes + labels[i]!]! -= 1
    return results
  }

  /** Computes the derivative of the probabilities in the direction in which the logits change, [n, k]. */
  change(probabilities: Float64Array, direction: Float64Array): Float64Array {
    const { classes } = this.examples
    const results = new Float64Array(direction.length)
    for (let at = 0; at < direction.length; at += classes) {
      let mean = 0
      for (let c = at; c < at + classes; c++) mean += probabilities[c]! * direction[c]!
      for (let c = at; c < at + classes; c++) results[c] = probabilities[c]! * (direction[c]! - mean)
    }
    return results
  }

  #isBias(at: number): boolean {
    return at % this.#columns === this.#columns - 1
  }
}

/** Computes log(sum(exp(values))), shifted by the largest, so that nothing overflows. */
export function logSumExp(values: ArrayLike<number>): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i]!)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i]! - largest)
  return largest + Math.log(sum)
}

/** Computes the softmax of each row of logits [n, classes]. */
export function softmaxRows(logits: Float64Array, classes: number): Float64Array {
  const results = new Float64Array(logits.length)
  for (let at = 0; at < logits.length; at += classes) {
    const sum = logSumExp(logits.subarray(at, at + classes))
    for (let c = at; c < at + classes; c++) results[c] = Math.exp(logits[c]! - sum)
  }
  return results
}

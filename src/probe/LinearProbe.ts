import { type FitOptions, fitSoftmax } from './fitSoftmax.js'
import { type Examples, SoftmaxObjective, softmaxRows } from './softmaxObjective.js'

/** Rows of features. */
export interface Rows {
  readonly features: Float32Array | Float64Array
  readonly size: number
}

export interface ProbeOptions extends FitOptions {
  readonly emphasis?: Emphasis | undefined
}

/** The last features, `count` of them, stand out: a penalty counts `factor` squared times less for their weights. */
export interface Emphasis {
  readonly count: number
  /** 0 leaves the features out. */
  readonly factor: number
}

/**
 * A linear classifier on features: they are standardised (mean 0, standard deviation 1 over the examples; a feature that
 * never changes counts nothing), then a softmax regression is fitted. So one `l2` suits the features of every network.
 */
export class LinearProbe {
  private constructor(
    private readonly scaling: Scaling,
    private readonly parameters: Float64Array,
    readonly classes: number,
  ) {}

  /** Fits a probe. It ends with the reason of the signal. */
  static async fit(examples: Examples, options: ProbeOptions): Promise<LinearProbe> {
    const scaling = emphasised(scalingOf(examples, examples.labels.length), options.emphasis)
    const features = standardise(examples, examples.labels.length, scaling)
    const { parameters } = await fitSoftmax({ ...examples, features }, options)
    return new LinearProbe(scaling, parameters, examples.classes)
  }

  /** Computes the logits of rows of features, [rows, classes]. */
  logits({ features, size }: Rows): Float64Array {
    const count = features.length / size
    const standardised = standardise({ features, size }, count, this.scaling)
    const labels = new Uint8Array(count)
    return new SoftmaxObjective({ features: standardised, size, labels, classes: this.classes }).products(
      this.parameters,
    )
  }

  /** Computes the probabilities of rows of features, [rows, classes]. */
  probabilities(rows: Rows): Float64Array {
    return softmaxRows(this.logits(rows), this.classes)
  }

  /** Returns the probe as a linear layer on the features themselves: weight [classes, size] and bias [classes]. */
  layer(): { readonly weight: Float32Array; readonly bias: Float32Array } {
    const { mean, factor } = this.scaling
    const size = mean.length
    const weight = new Float32Array(this.classes * size)
    const bias = new Float32Array(this.classes)
    for (let c = 0; c < this.classes; c++) {
      const row = this.parameters.subarray(c * (size + 1), (c + 1) * (size + 1))
      let offset = row[size]!
      for (let j = 0; j < size; j++) {
        weight[c * size + j] = row[j]! * factor[j]!
        offset -= row[j]! * factor[j]! * mean[j]!
      }
      bias[c] = offset
    }
    return { weight, bias }
  }
}

interface Scaling {
  readonly mean: Float64Array
  /** 1 / standard deviation; 0 for a feature that never changes. */
  readonly factor: Float64Array
}

function scalingOf({ features, size }: Rows, count: number): Scaling {
  const mean = new Float64Array(size)
  const variance = new Float64Array(size)
  for (let at = 0; at < features.length; at++) mean[at % size]! += features[at]! / count
  for (let at = 0; at < features.length; at++) variance[at % size]! += (features[at]! - mean[at % size]!) ** 2 / count
  const isConstant = (at: number) => variance[at]! <= 1e-12 * mean[at]! ** 2
  return { mean, factor: variance.map((value, at) => (isConstant(at) ? 0 : 1 / Math.sqrt(value))) }
}

function emphasised({ mean, factor }: Scaling, emphasis: Emphasis | undefined): Scaling {
  if (!emphasis) return { mean, factor }
  const first = mean.length - emphasis.count
  return { mean, factor: factor.map((value, at) => (at < first ? value : value * emphasis.factor)) }
}

const standardise = ({ features, size }: Rows, count: number, { mean, factor }: Scaling): Float64Array =>
  Float64Array.from({ length: count * size }, (_, at) => (features[at]! - mean[at % size]!) * factor[at % size]!)

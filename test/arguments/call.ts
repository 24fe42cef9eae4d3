type Fits = (value: unknown) => boolean
const nothing: Fits = () => false

/** A parameter: a value that it takes, and which of the wrong values it takes too. */
export interface Parameter {
  readonly valid: unknown
  readonly fits: Fits
  /** Of an object of options: each of them. */
  readonly options?: Readonly<Record<string, Parameter>>
  readonly isOptional: boolean
}

/** A public function, and how it is called. */
export interface Call {
  readonly call: (...args: never[]) => unknown
  /** It returns a promise, and so rejects. */
  readonly isAsync?: boolean
  /** In the order of the parameters, by name. */
  readonly parameters: Readonly<Record<string, Parameter>>
}

export const needed = (valid: unknown, fits = nothing): Parameter => ({ valid, fits, isOptional: false })
export const optional = (valid: unknown, fits = nothing): Parameter => ({ valid, fits, isOptional: true })

/** All options of a function: those that it needs, and those that it does not. */
export const options = <T extends object>(
  given: { readonly [K in keyof Required<T>]: Parameter },
  isOptional = true,
): Parameter => ({
  valid: Object.fromEntries(Object.entries<Parameter>(given).map(([name, { valid }]) => [name, valid])),
  // Nothing but optional ones: an object without any is in order.
  fits: (value) =>
    isPlain(value) && Object.keys(value).length === 0 && Object.values<Parameter>(given).every((one) => one.isOptional),
  options: given,
  isOptional,
})

const isPlain = (value: unknown): value is object => {
  try {
    return (
      typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))
    )
  } catch {
    return false
  }
}

// Which of the wrong values are right.
export const text: Fits = (value) => typeof value === 'string'
export const word: Fits = (value) => text(value) && value !== ''
export const bool: Fits = (value) => typeof value === 'boolean'
export const number: Fits = (value) => Number.isFinite(value)
export const whole: Fits = (value) => Number.isSafeInteger(value)
export const call: Fits = (value) => typeof value === 'function'
export const either =
  (...all: readonly Fits[]): Fits =>
  (value) =>
    all.some((one) => one(value))
export const from =
  (least: number, most = Number.POSITIVE_INFINITY, of: Fits = number): Fits =>
  (value) =>
    of(value) && (value as number) >= least && (value as number) <= most

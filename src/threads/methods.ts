/**
 * Types of calls between threads. What a thread offers is an interface of methods, whose arguments and results survive a
 * message:
 *
 *     interface Doubler { double(numbers: Float32Array): Promise<Float32Array> }
 */
export type MethodName<M> = keyof M & string
export type ArgsOf<M, K extends keyof M> = M[K] extends (...args: infer A) => unknown ? A : never
export type ResultOf<M, K extends keyof M> = M[K] extends (...args: never[]) => infer R ? Awaited<R> : never

/**
 * The methods of `M` as a thread carries them out: with the arguments as a list, and a signal that is aborted when the
 * caller does not wait any more.
 */
export type Handlers<M> = {
  readonly [K in MethodName<M>]: (args: ArgsOf<M, K>, signal: AbortSignal) => Answer<ResultOf<M, K>>
}

type Answer<R> = R | Transferred<R> | Promise<R | Transferred<R>>

/** A result with the buffers that its message hands over instead of copying them. */
export class Transferred<T> {
  constructor(
    readonly value: T,
    readonly buffers: readonly ArrayBuffer[],
  ) {}
}

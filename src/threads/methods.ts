/**
 * The names of the methods that a thread offers. Its offer is an interface of methods, whose arguments and results can
 * be sent in a message:
 *
 *     interface Doubler { double(numbers: Float32Array): Promise<Float32Array> }
 */
export type MethodName<M> = keyof M & string
export type ArgsOf<M, K extends keyof M> = M[K] extends (...args: infer A) => unknown ? A : never
export type ResultOf<M, K extends keyof M> = M[K] extends (...args: never[]) => infer R ? Awaited<R> : never

/**
 * The implementations of the methods of `M` in a thread: with the arguments as a list, and a signal that is aborted
 * when the caller no longer waits.
 */
export type Handlers<M> = {
  readonly [K in MethodName<M>]: (args: ArgsOf<M, K>, signal: AbortSignal) => Answer<ResultOf<M, K>>
}

type Answer<R> = R | Transferred<R> | Promise<R | Transferred<R>>

/** Tells whether a view is all of its buffer, so that transferring it takes nothing else along. */
export const ownsBuffer = (view: ArrayBufferView): boolean =>
  view.buffer instanceof ArrayBuffer && view.byteLength === view.buffer.byteLength

/** A result with the buffers that its message transfers instead of copying them. */
export class Transferred<T> {
  constructor(
    readonly value: T,
    readonly buffers: readonly ArrayBuffer[],
  ) {}
}

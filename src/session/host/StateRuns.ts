import { gradientOf, gradientOfBuffer } from '../../contract/names.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { Value, Values } from '../../runtime/DeviceTensor.js'
import type { Runtime, RuntimeSession } from '../../runtime/runtime.js'
import type { Tensors } from '../protocol/HostCalls.js'
import type { StateBuffers } from './StateBuffers.js'

/** The state in the runs of a session's models: what they read of it, and the memory of what they write. */
export class StateRuns {
  constructor(
    readonly state: StateBuffers,
    readonly runtime: Pick<Runtime, 'fillsMemory'>,
  ) {}

  /**
   * Returns the feeds of a run: those given, and the state.
   *
   * @param sourceOf returns the name of the state that an input takes. Default: its own
   */
  async feedsOf(
    session: RuntimeSession<Value>,
    feeds: Tensors,
    sourceOf = (input: string): string => input,
  ): Promise<Values> {
    const stored = (input: string) => gradientOfBuffer(input) ?? sourceOf(input)
    await this.state.place(session.inputNames.filter((name) => !(name in feeds)).map(stored))
    const feedOf = (input: string) => feeds[input] ?? this.state.get(stored(input))
    return Object.fromEntries(session.inputNames.map((name) => [name, feedOf(name)!]))
  }

  /** Returns buffers for the next values of some tensors, by the names of the outputs that compute them. */
  nextOf(names: readonly string[]): Record<string, Tensor | null> {
    return Object.fromEntries(names.map((name) => [`${name}.out`, this.#spare(name)]))
  }

  /** Replaces tensors by the next values that a run has computed. */
  advance(names: readonly string[], results: Values): void {
    for (const name of names) this.state.advance(name, results[`${name}.out`]!)
  }

  /**
   * Returns the memory of a gradient.
   *
   * @param isSum true if it is computed beside the one that it continues, false if over the one before
   */
  gradientMemory(parameter: string, isSum: boolean): Tensor | null {
    const [gradient, { type, dims }] = [gradientOf(parameter), this.state.get(parameter)!]
    if (!this.state.has(gradient)) this.state.add(gradient, type, dims)
    if (!this.runtime.fillsMemory) return null
    return isSum ? this.#spare(gradient) : (this.state.get(gradient) as Tensor)
  }

  #spare(name: string): Tensor | null {
    return this.runtime.fillsMemory ? this.state.spare(name) : null
  }
}

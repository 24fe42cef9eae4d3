import { gradientOf } from '../../contract/names.js'
import type { GraphBuilder } from '../../onnx/builder.js'
import { renameValues } from '../../onnx/transform/renameValues.js'

/** The gradients found so far, by the forward value that they belong to. */
export class Gradients {
  readonly #parts = new Map<string, string[]>()
  /** The official name, `<value>_grad`, of each gradient by the name under which it was created. */
  readonly #names = new Map<string, string>()

  constructor(readonly g: GraphBuilder) {}

  add(value: string, gradient: string): void {
    const parts = this.#parts.get(value)
    if (parts) parts.push(gradient)
    else this.#parts.set(value, [gradient])
    this.#describe(gradient, value)
  }

  /** Returns the complete gradient of a value: the sum of its parts. */
  of(value: string): string | undefined {
    const parts = this.#parts.get(value)
    if (!parts) return undefined
    const gradient = parts.length === 1 ? parts[0]! : this.#sum(value, parts)
    if (!this.#isNamed(gradient)) this.#names.set(gradient, gradientOf(value))
    return gradient
  }

  /** Returns the same as `of`, but always under a name of its own, even if another value has the same gradient. */
  ofParameter(parameter: string): string | undefined {
    const gradient = this.of(parameter)
    const name = gradientOf(parameter)
    if (!gradient || this.#names.get(gradient) === name) return gradient
    return this.g.op('Identity', [gradient], {}, { outputs: [name], name: `${name}/Identity` })
  }

  /** Renames the gradients found, everywhere in the graph, to their official names. */
  giveNames(): void {
    renameValues(this.g.graph, this.#names)
  }

  #sum(value: string, parts: readonly string[]): string {
    const sum = this.g.op('Sum', parts, {}, { name: `${gradientOf(value)}/Sum` })
    this.#describe(sum, value)
    return sum
  }

  /** Declares that a gradient has the type and shape of its value. The official gradients of pools rely on it. */
  #describe(gradient: string, value: string): void {
    const { graph } = this.g
    if (!graph.info(gradient)) graph.values.set(gradient, { ...graph.info(value), name: gradient })
  }

  #isNamed(gradient: string): boolean {
    return this.#names.has(gradient) || this.g.graph.initializers.has(gradient)
  }
}

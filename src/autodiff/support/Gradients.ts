import { gradientOf } from '../../contract/names.js'
import type { GraphBuilder } from '../../onnx/builder.js'
import { renameValues } from '../../onnx/transform/renameValues.js'

/** The gradients found so far, by the forward value that they belong to. */
export class Gradients {
  readonly #parts = new Map<string, string[]>()
  /** From the name that a gradient was made under to its official one, `<value>_grad`. */
  readonly #names = new Map<string, string>()

  constructor(readonly g: GraphBuilder) {}

  add(value: string, gradient: string): void {
    const parts = this.#parts.get(value)
    if (parts) parts.push(gradient)
    else this.#parts.set(value, [gradient])
    this.#describe(gradient, value)
  }

  /** The whole gradient of a value: the sum of its parts. */
  of(value: string): string | undefined {
    const parts = this.#parts.get(value)
    if (!parts) return undefined
    const gradient = parts.length === 1 ? parts[0]! : this.#sum(value, parts)
    if (!this.#isNamed(gradient)) this.#names.set(gradient, gradientOf(value))
    return gradient
  }

  /** As `of`, under a name of its own also where another value has the same gradient. */
  ofParameter(parameter: string): string | undefined {
    const gradient = this.of(parameter)
    const name = gradientOf(parameter)
    if (!gradient || this.#names.get(gradient) === name) return gradient
    return this.g.op('Identity', [gradient], {}, { outputs: [name], name: `${name}/Identity` })
  }

  /** Renames what was found, everywhere in the graph, to the official names. */
  giveNames(): void {
    renameValues(this.g.graph, this.#names)
  }

  #sum(value: string, parts: readonly string[]): string {
    const sum = this.g.op('Sum', parts, {}, { name: `${gradientOf(value)}/Sum` })
    this.#describe(sum, value)
    return sum
  }

  /** A gradient has the type and the shape of its value. Official pool gradients rely on the graph saying so. */
  #describe(gradient: string, value: string): void {
    const { graph } = this.g
    if (!graph.info(gradient)) graph.values.set(gradient, { ...graph.info(value), name: gradient })
  }

  #isNamed(gradient: string): boolean {
    return this.#names.has(gradient) || this.g.graph.initializers.has(gradient)
  }
}

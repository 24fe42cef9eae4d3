import { type FilterLayout, fromBlocked, toBlocked } from '../../lowering/nchwc/layout/filters.js'
import type { DataType, Tensor } from '../../onnx/graph/tensor.js'
import { copyOf } from '../protocol/transfer.js'

/**
 * Tensors that live as long as the session: parameters, gradients, optimizer state. Each has two pieces of memory, one
 * that holds it and one that its next value is computed into, so that steps allocate nothing.
 */
export class StateBuffers {
  /**
   * @param layoutOf which tensors lie here in a layout of their own
   * @param zeros makes a tensor
   */
  constructor(
    readonly layoutOf: (name: string) => FilterLayout | undefined,
    readonly zeros: (type: DataType, dims: readonly number[]) => Tensor,
  ) {}

  readonly #slots = new Map<string, { current: Tensor; spare?: Tensor | undefined }>()

  has(name: string): boolean {
    return this.#slots.has(name)
  }

  /** Those of the names that are here, in the order in which they came. */
  names(of: ReadonlySet<string>): string[] {
    return [...this.#slots.keys()].filter((name) => of.has(name))
  }

  get(name: string): Tensor | undefined {
    return this.#slots.get(name)?.current
  }

  /** A tensor of zeros that is new here. */
  add(name: string, type: DataType, dims: readonly number[]): void {
    this.#slots.set(name, { current: this.zeros(type, dims) })
  }

  /** A tensor that came from outside, laid out as it lies here; its type and shape stay what they were. */
  write(name: string, tensor: Tensor): void {
    const layout = this.layoutOf(name)
    if (!this.has(name)) this.add(name, tensor.type, tensor.dims)
    const place = this.get(name)!.data as Float32Array
    if (layout) toBlocked(tensor as Tensor<'float32'>, layout, place)
    else place.set(tensor.data as Float32Array)
  }

  /** In the standard layout. It may be what lies here, so it is good until the next step only. */
  view(name: string): Tensor {
    const tensor = this.get(name)!
    const layout = this.layoutOf(name)
    return layout ? fromBlocked(tensor as Tensor<'float32'>, layout) : tensor
  }

  /** As `view`, but a copy, for the outside. */
  read(name: string): Tensor {
    const tensor = this.view(name)
    return tensor === this.get(name) ? copyOf(tensor) : tensor
  }

  /** Where the next value of a tensor can be computed while the current one is read. */
  spare(name: string): Tensor {
    const slot = this.#slots.get(name)!
    slot.spare ??= this.zeros(slot.current.type, slot.current.dims)
    return slot.spare
  }

  /** The next value is there: in the spare memory, or in memory that the runtime brought along. */
  advance(name: string, next: Tensor): void {
    const slot = this.#slots.get(name)!
    this.#slots.set(name, { current: next, spare: next === slot.spare ? slot.current : slot.spare })
  }
}

import { type FilterLayout, fromBlocked, toBlocked } from '../../lowering/nchwc/layout/filters.js'
import type { DataType, Tensor } from '../../onnx/graph/tensor.js'
import { copyOf } from '../protocol/transfer.js'

/**
 * Tensors that live as long as the session: parameters, gradients, optimizer state. Each has two pieces of memory, one
 * that holds its value and one that its next value is computed into, so that steps allocate nothing.
 */
export class StateBuffers {
  /**
   * @param layoutOf returns the layout of a tensor that is not stored in the standard one
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

  /** Returns those of the names that are stored here, in the order in which they were added. */
  names(of: ReadonlySet<string>): string[] {
    return [...this.#slots.keys()].filter((name) => of.has(name))
  }

  get(name: string): Tensor | undefined {
    return this.#slots.get(name)?.current
  }

  /** Adds a tensor of zeros under a new name. */
  add(name: string, type: DataType, dims: readonly number[]): void {
    this.#slots.set(name, { current: this.zeros(type, dims) })
  }

  /**
   * Stores a tensor from outside, converted to the layout used here; the stored type and shape do not
   * change.
   */
  write(name: string, tensor: Tensor): void {
    const layout = this.layoutOf(name)
    if (!this.has(name)) this.add(name, tensor.type, tensor.dims)
    const place = this.get(name)!.data as Float32Array
    if (layout) toBlocked(tensor as Tensor<'float32'>, layout, place)
    else place.set(tensor.data as Float32Array)
  }

  /**
   * Returns a tensor in the standard layout. It may share the stored memory, so it is valid until the next step only.
   */
  view(name: string): Tensor {
    const tensor = this.get(name)!
    const layout = this.layoutOf(name)
    return layout ? fromBlocked(tensor as Tensor<'float32'>, layout) : tensor
  }

  /** Returns a copy of `view`, for the outside. */
  read(name: string): Tensor {
    const tensor = this.view(name)
    return tensor === this.get(name) ? copyOf(tensor) : tensor
  }

  /** Returns the memory in which the next value of a tensor can be computed while the current one is read. */
  spare(name: string): Tensor {
    const slot = this.#slots.get(name)!
    slot.spare ??= this.zeros(slot.current.type, slot.current.dims)
    return slot.spare
  }

  /** Replaces a tensor by its next value, which is in the spare memory or in memory that the runtime allocated. */
  advance(name: string, next: Tensor): void {
    const slot = this.#slots.get(name)!
    this.#slots.set(name, { current: next, spare: next === slot.spare ? slot.current : slot.spare })
  }
}

import { type FilterLayout, fromBlocked, toBlocked } from '../../lowering/nchwc/layout/filters.js'
import type { DataType, Tensor } from '../../onnx/graph/tensor.js'
import type { DeviceMemory } from '../../runtime/DeviceMemory.js'
import { isOnDevice, type Value } from '../../runtime/DeviceTensor.js'
import { copyOf } from '../protocol/transfer.js'

/**
 * Tensors that live as long as the session: parameters, gradients, optimizer state. Each has two pieces of memory, one
 * that holds its value and one that its next value is computed into, so that steps allocate nothing. With a runtime that
 * keeps results on its device, a value goes there when a run first needs it, and its next values stay there: each
 * replaces the one before, whose memory is freed.
 */
export class StateBuffers {
  /**
   * @param layoutOf returns the layout of a tensor that is not stored in the standard one
   * @param zeros makes a tensor
   * @param device the memory of the device, if values are kept there
   */
  constructor(
    readonly layoutOf: (name: string) => FilterLayout | undefined,
    readonly zeros: (type: DataType, dims: readonly number[]) => Tensor,
    readonly device?: DeviceMemory | undefined,
  ) {}

  readonly #slots = new Map<string, { current: Value; spare?: Tensor | undefined }>()

  has(name: string): boolean {
    return this.#slots.has(name)
  }

  /** Returns those of the names that are stored here, in the order in which they were added. */
  names(of: ReadonlySet<string>): string[] {
    return [...this.#slots.keys()].filter((name) => of.has(name))
  }

  get(name: string): Value | undefined {
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
    const known = this.get(name)
    if (known && isOnDevice(known)) known.dispose()
    if (!known || isOnDevice(known)) this.add(name, tensor.type, tensor.dims)
    const place = (this.get(name) as Tensor).data as Float32Array
    if (layout) toBlocked(tensor as Tensor<'float32'>, layout, place)
    else place.set(tensor.data as Float32Array)
  }

  /**
   * Returns a tensor that is not on the device in the standard layout. It may share the stored memory, so it is valid
   * until the next step only.
   */
  view(name: string): Tensor {
    const tensor = this.get(name) as Tensor
    const layout = this.layoutOf(name)
    return layout ? fromBlocked(tensor as Tensor<'float32'>, layout) : tensor
  }

  /** Returns a tensor in the standard layout, wherever it is; valid until the next step, as that of `view`. */
  async fetch(name: string): Promise<Tensor> {
    const value = this.get(name)!
    return isOnDevice(value) ? this.device!.down(value) : this.view(name)
  }

  /** Returns a copy of `fetch`, for the outside. */
  async read(name: string): Promise<Tensor> {
    const tensor = await this.fetch(name)
    return tensor === this.get(name) ? copyOf(tensor) : tensor
  }

  /** Moves tensors to the device, if there is one. */
  async place(names: readonly string[]): Promise<void> {
    if (!this.device) return
    for (const name of names) {
      const value = this.get(name)
      if (value && !isOnDevice(value)) this.#slots.set(name, { current: await this.device.up(value) })
    }
  }

  /** Returns the memory in which the next value of a tensor can be computed while the current one is read. */
  spare(name: string): Tensor {
    const slot = this.#slots.get(name)!
    slot.spare ??= this.zeros(slot.current.type, slot.current.dims)
    return slot.spare
  }

  /** Replaces a tensor by its next value, which is in the spare memory or in memory that the runtime allocated. */
  advance(name: string, next: Value): void {
    const slot = this.#slots.get(name)!
    if (isOnDevice(slot.current)) slot.current.dispose()
    if (isOnDevice(next)) return void this.#slots.set(name, { current: next })
    this.#slots.set(name, { current: next, spare: next === slot.spare ? (slot.current as Tensor) : slot.spare })
  }

  /** Frees the memory on the device. */
  async release(): Promise<void> {
    for (const { current } of this.#slots.values()) if (isOnDevice(current)) current.dispose()
    this.#slots.clear()
    await this.device?.release()
  }
}

import { type DataType, NUMERIC_ARRAYS, type NumericType, sizeOf, type Tensor } from '../onnx/graph/tensor.js'

/** A line of the processor's cache, which is also the widest of its registers. */
const ALIGNMENT = 64
const PAGE = 64 * 1024
const SLAB_PAGES = 1024

/**
 * Memory that begins at a multiple of 64 bytes: ONNX Runtime's kernels read weights elsewhere up to a fifth more slowly.
 * A WebAssembly memory begins at a page; of no other memory does JavaScript say where it begins. It is given back when
 * nothing of it is used any more.
 */
export class AlignedAllocator {
  #slab = new ArrayBuffer(0)
  #used = 0

  zeros(type: DataType, dims: readonly number[]): Tensor {
    const ArrayOf = NUMERIC_ARRAYS[type as NumericType]
    const length = sizeOf(dims)
    const bytes = length * ArrayOf.BYTES_PER_ELEMENT
    if (this.#used + bytes > this.#slab.byteLength) {
      const pages = Math.max(SLAB_PAGES, Math.ceil(bytes / PAGE))
      this.#slab = newPages(pages)
      this.#used = 0
    }
    const data = new ArrayOf(this.#slab, this.#used, length)
    this.#used += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
    return { type, dims, data } as Tensor
  }
}

/**
 * Where there is no WebAssembly (Node's --jitless), or not the address space that each of its memories reserves, memory
 * begins somewhere.
 */
function newPages(pages: number): ArrayBuffer {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer
  } catch {
    return new ArrayBuffer(pages * PAGE)
  }
}

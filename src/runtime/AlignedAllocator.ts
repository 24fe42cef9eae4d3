import { type DataType, NUMERIC_ARRAYS, type NumericType, sizeOf, type Tensor } from '../onnx/graph/tensor.js'

/** The bytes of a cache line of the processor, which is also the widest of its registers. */
const ALIGNMENT = 64
const PAGE = 64 * 1024
const SLAB_PAGES = 1024

/**
 * Memory aligned to 64 bytes: ONNX Runtime's kernels read unaligned weights up to a fifth more slowly. A WebAssembly
 * memory is aligned to a page; JavaScript does not expose the address of other memory. It is freed when nothing of it
 * is used any more.
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
 * Allocates pages. Without WebAssembly (Node's --jitless), or without the address space that each of its memories
 * reserves, memory is unaligned.
 */
function newPages(pages: number): ArrayBuffer {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer
  } catch {
    return new ArrayBuffer(pages * PAGE)
  }
}

import { NumberColumn } from './NumberColumn.js'

/** The bytes of a page, a power of two. Pages are never copied, as one growing buffer would be. */
const PAGE = 2 ** 16

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A growing list of strings, as UTF-8 one after another: a string costs its bytes and four for its end. */
export class StringColumn {
  private readonly pages: Uint8Array[] = []
  private readonly ends = NumberColumn.whole()
  private size = 0

  get length(): number {
    return this.ends.length
  }

  /** Adds a string, or the UTF-8 of one. */
  push(text: string | Uint8Array): void {
    const bytes = typeof text === 'string' ? encoder.encode(text) : text
    for (let from = 0; from < bytes.length; ) {
      const place = this.size % PAGE
      if (place === 0) this.pages.push(new Uint8Array(PAGE))
      const count = Math.min(PAGE - place, bytes.length - from)
      const page = this.pages.at(-1)!
      // Shorter than a call of `set`, for the lengths that names have.
      for (let i = 0; i < count; i++) page[place + i] = bytes[from + i]!
      from += count
      this.size += count
    }
    this.ends.push(this.size)
  }

  at(index: number): string {
    return decoder.decode(this.bytes(index === 0 ? 0 : this.ends.at(index - 1), this.ends.at(index)))
  }

  private bytes(from: number, to: number): Uint8Array {
    const [page, place] = [Math.floor(from / PAGE), from % PAGE]
    if (place + to - from <= PAGE) return this.pages[page]?.subarray(place, place + to - from) ?? new Uint8Array()
    const joined = new Uint8Array(to - from)
    for (let at = from; at < to; ) {
      const count = Math.min(PAGE - (at % PAGE), to - at)
      joined.set(this.pages[Math.floor(at / PAGE)]!.subarray(at % PAGE, (at % PAGE) + count), at - from)
      at += count
    }
    return joined
  }
}

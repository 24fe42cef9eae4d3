/** As much of a terminal as the live line needs: rows that wrap, carriage return, moving up, clearing, the cursor. */
export class Screen {
  written = ''
  cursorShown = true
  /** Logical lines: a row that wrapped goes on in the next. */
  #lines: string[] = ['']
  /** Of the cursor, in its line. */
  #column = 0

  constructor(public columns: number) {}

  write(text: string): boolean {
    this.written += text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal reads
    for (const [token] of text.matchAll(/\u001b\[\??\d*[A-Za-z]|[\s\S]/g)) this.#take(token)
    return true
  }

  get rows(): string[] {
    return this.#lines
  }

  get text(): string {
    return this.#lines.join('\n')
  }

  /** How many rows the line of the cursor takes. */
  get rowsOfLast(): number {
    return Math.max(Math.ceil(this.#lines.at(-1)!.length / this.columns), 1)
  }

  resize(columns: number): void {
    this.columns = columns
  }

  #take(token: string): void {
    if (token === '\n') this.#lines.push('')
    else if (token === '\r') this.#column -= this.#column % this.columns
    else if (token === '\u001b[J') this.#lines.push(this.#lines.pop()!.slice(0, this.#column))
    else if (token === '\u001b[?25l') this.cursorShown = false
    else if (token === '\u001b[?25h') this.cursorShown = true
    else if (token.endsWith('A') && token.startsWith('\u001b'))
      this.#column -= this.columns * Number.parseInt(token.slice(2), 10)
    else if (!token.startsWith('\u001b')) {
      this.#lines.push(this.#lines.pop()!.slice(0, this.#column) + token)
      this.#column++
      return
    }
    if (token === '\n') this.#column = 0
  }
}

/** A stream to write to: as much of Node's as the command line needs. */
export interface TextStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

export interface Streams {
  readonly stdout: TextStream
  readonly stderr: TextStream
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Where a command writes: its result to stdout, as text or as JSON; what goes on meanwhile to stderr. */
export class Output {
  #status = false

  constructor(
    readonly streams: Streams,
    readonly json: boolean,
  ) {}

  /** Columns to lay text out in: those of the terminal, 80 in a pipe. */
  get width(): number {
    return Math.max(this.streams.stdout.columns || 80, 40)
  }

  /** A result: the lines that people read, or with --json the data that programs read. */
  result(data: unknown, lines: () => readonly string[]): void {
    this.clearStatus()
    const text = this.json ? JSON.stringify(data, plain, 2) : lines().join('\n')
    this.streams.stdout.write(`${text}\n`)
  }

  /** Something to know beside the result. */
  note(text: string): void {
    this.clearStatus()
    this.streams.stderr.write(`${text}\n`)
  }

  /** What goes on right now, on one line of a terminal that the next text takes over. */
  status(text: string): void {
    if (!this.streams.stderr.isTTY) return
    this.streams.stderr.write(`\r\u001b[K${text.slice(0, (this.streams.stderr.columns || 80) - 1)}`)
    this.#status = true
  }

  clearStatus(): void {
    if (this.#status) this.streams.stderr.write('\r\u001b[K')
    this.#status = false
  }

  bold = (text: string): string => this.#paint(text, 1, 22)
  dim = (text: string): string => this.#paint(text, 2, 22)

  #paint(text: string, on: number, off: number): string {
    return isColourful(this.streams) ? `\u001b[${on}m${text}\u001b[${off}m` : text
  }
}

/** https://no-color.org: any value but an empty one. */
function isColourful({ stdout, env }: Streams): boolean {
  if (env.NO_COLOR) return false
  return Boolean(stdout.isTTY) && env.TERM !== 'dumb'
}

const plain = (_: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Map) return Object.fromEntries(value)
  return value instanceof Error ? { message: value.message } : value
}

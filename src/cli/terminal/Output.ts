import { styleText } from 'node:util'
import { printable } from '../../index.js'
import { cut } from './layout.js'

/** An output stream: the part of Node's interface that the command line needs. */
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

/** A line of text, or its parts, each with a style. */
export type Line = string | readonly Span[]
export interface Span {
  readonly text: string
  readonly style?: 'bold' | 'dim' | undefined
}

/**
 * The output of a command: its result to stdout, as text or as JSON; status and notes to stderr. Names of files and
 * classes may have any characters: only printable ones reach a terminal.
 */
export class Output {
  #status = false

  constructor(
    readonly streams: Streams,
    readonly json: boolean,
  ) {}

  /** The width of the text, in columns: that of the terminal, at least 40; 80 in a pipe. */
  get width(): number {
    return Math.max(this.streams.stdout.columns || 80, 40)
  }

  /** Writes a result: the lines of text, or with --json the data. */
  result(data: unknown, lines: () => readonly Line[]): void {
    this.clearStatus()
    const shown = this.json
      ? JSON.stringify(data, plain, 2).split('\n').map(printable)
      : lines().map((line) => this.#drawn(line))
    this.streams.stdout.write(`${shown.join('\n')}\n`)
  }

  /** Writes one of several results as a line of JSON. */
  record(data: object): void {
    this.streams.stdout.write(`${printable(JSON.stringify(data))}\n`)
  }

  /** Writes a message beside the result, on a line of its own. */
  note(text: string): void {
    this.clearStatus()
    this.streams.stderr.write(`${printable(text)}\n`)
  }

  /** Writes the current status on one line of a terminal, which the next text replaces. */
  status(text: string): void {
    if (!this.streams.stderr.isTTY) return
    this.streams.stderr.write(`\r\u001b[K${cut(printable(text), (this.streams.stderr.columns || 80) - 1)}`)
    this.#status = true
  }

  clearStatus(): void {
    if (this.#status) this.streams.stderr.write('\r\u001b[K')
    this.#status = false
  }

  #drawn(line: Line): string {
    if (typeof line === 'string') return printable(line)
    return line.map(({ text, style }) => this.#painted(printable(text), style)).join('')
  }

  #painted(text: string, style: Span['style']): string {
    if (!style || !isColourful(this.streams)) return text
    return styleText(style, text, { validateStream: false })
  }
}

/**
 * Tells whether the output has colours. NO_COLOR (https://no-color.org) disables them by any value but an empty one. It
 * is read from the given environment, which `styleText` does not know.
 */
function isColourful({ stdout, env }: Streams): boolean {
  if (env.NO_COLOR) return false
  return Boolean(stdout.isTTY) && env.TERM !== 'dumb'
}

const plain = (_: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Map) return Object.fromEntries(value)
  return value instanceof Error ? { message: value.message } : value
}

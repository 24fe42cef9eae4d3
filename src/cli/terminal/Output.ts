import { styleText } from 'node:util'
import { printable } from '../../index.js'
import { cut } from './layout.js'

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

/** A line for people, or its parts, of which some are set off from the others. */
export type Line = string | readonly Span[]
export interface Span {
  readonly text: string
  readonly style?: 'bold' | 'dim' | undefined
}

/**
 * The writing of a command: its result to stdout, as text or as JSON; what goes on meanwhile to stderr. Names of files
 * and classes may hold whatever they like: nothing of it reaches a terminal but what can be printed.
 */
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
  result(data: unknown, lines: () => readonly Line[]): void {
    this.clearStatus()
    const shown = this.json
      ? JSON.stringify(data, plain, 2).split('\n').map(printable)
      : lines().map((line) => this.#drawn(line))
    this.streams.stdout.write(`${shown.join('\n')}\n`)
  }

  /** One of several results, for programs: a line of JSON. */
  record(data: object): void {
    this.streams.stdout.write(`${printable(JSON.stringify(data))}\n`)
  }

  /** Something to know beside the result, on a line of its own. */
  note(text: string): void {
    this.clearStatus()
    this.streams.stderr.write(`${printable(text)}\n`)
  }

  /** Tells what goes on right now, on one line of a terminal that the next text takes over. */
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
 * https://no-color.org: any value but an empty one. Asked of the environment that was given, so not left to
 * `styleText`.
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

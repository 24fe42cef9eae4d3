import { createRequire } from 'node:module'
import { FineTuneError, isFineTuneError } from '../index.js'
import { commands } from './commands/register.js'
import type { Command } from './options/Command.js'
import { helpOf, NAME, overview } from './options/help.js'
import type { Options, Values } from './options/options.js'
import { asksForHelp, asksForJson, parse } from './options/parse.js'
import { suggest } from './options/suggest.js'
import { Output, type TextStream } from './terminal/Output.js'
import { quoted } from './terminal/quoted.js'

export interface MainOptions {
  readonly stdout: TextStream
  readonly stderr: TextStream
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Interrupts the command, as Ctrl-C does. */
  readonly signal?: AbortSignal
}

const DONE = 0
const FAILED = 1
const WRONG_USAGE = 2
const INTERRUPTED = 130

/**
 * The command line, in this process.
 *
 * @param argv without the names of the program
 * @returns what a process exits with: 0 done, 1 failed, 2 wrong usage, 130 interrupted
 */
export async function main(argv: readonly string[], options: MainOptions): Promise<number> {
  const { stdout, stderr, env = process.env, signal = new AbortController().signal } = options
  const out = new Output({ stdout, stderr, env }, asksForJson(argv))
  try {
    return (await dispatch(argv, out, signal)) ?? DONE
  } catch (error) {
    return report(error, out, signal)
  }
}

async function dispatch(argv: readonly string[], out: Output, signal: AbortSignal): Promise<number | undefined> {
  const [name, ...rest] = argv
  const { stdout } = out.streams
  const print = (lines: readonly string[], code = DONE): number => {
    stdout.write(`${lines.join('\n')}\n`)
    return code
  }
  if (name === '--version') return print([version()])
  const asked = name === 'help' ? rest[0] : name
  if (asked === undefined || asked === '--help' || asked === '-h')
    return print(overview(commands, out.width), name === undefined ? WRONG_USAGE : DONE)
  const command = find(asked)
  if (name === 'help' || asksForHelp(rest)) return print(helpOf(command, out.width))
  const { args, options } = await parse(command, rest)
  const json = out.json || options.json === true
  return command.run({
    ...{ args, options: options as Values<Options>, signal },
    out: new Output(out.streams, json),
    line: [NAME, ...argv].map(quoted).join(' '),
  })
}

function find(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name)
  if (command) return command
  const known = commands.map((candidate) => candidate.name)
  throw new FineTuneError('cli/unknown-command', { command: name, known, nearest: suggest(name, known) })
}

/** What went wrong, in one line; where it is no error that this library or the system knows, with the place. */
function report(error: unknown, out: Output, signal: AbortSignal): number {
  const interrupted = signal.aborted
  const known = isFineTuneError(error) || (error instanceof Error && 'syscall' in error)
  const message = error instanceof Error ? error.message : String(error)
  const code = isFineTuneError(error) ? error.code : undefined
  if (out.json) out.note(JSON.stringify({ error: { code: interrupted ? 'aborted' : code, message } }))
  else if (interrupted) out.note('interrupted')
  else if (known || !(error instanceof Error)) out.note(`${NAME}: ${message}`)
  else for (const line of `${NAME}: ${error.stack}`.split('\n')) out.note(line)
  if (interrupted) return INTERRUPTED
  return code?.startsWith('cli/') ? WRONG_USAGE : FAILED
}

function version(): string {
  const require = createRequire(import.meta.url)
  return (require('../../package.json') as { version: string }).version
}

import { createRequire } from 'node:module'
import { CommanderError } from 'commander'
import { isFineTuneError } from '../index.js'
import { commands } from './commands/register.js'
import { NAME } from './options/help.js'
import type { Options, Values } from './options/options.js'
import { programOf } from './options/program.js'
import { Output, type TextStream } from './terminal/Output.js'
import { quoted } from './terminal/quoted.js'

export interface MainOptions {
  readonly stdout: TextStream
  readonly stderr: TextStream
  readonly env?: Readonly<Record<string, string | undefined>>
  /** A signal that interrupts the command, as Ctrl-C does. */
  readonly signal?: AbortSignal
}

const DONE = 0
const FAILED = 1
const WRONG_USAGE = 2
const INTERRUPTED = 130

/**
 * Runs the command line in this process.
 *
 * @param argv the words after the name of the program
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted
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
  let code: number | undefined
  const program = programOf(commands, {
    version: version(),
    width: out.width,
    write: (text) => void out.streams.stdout.write(text),
    async act(command, { args, options, given }) {
      code = await command.run({
        ...{ args, options: options as Values<Options>, given, signal },
        out: new Output(out.streams, out.json || options.json === true),
        line: [NAME, ...argv].map(quoted).join(' '),
      })
    },
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // The help that is shown for a missing command is no success.
    return error.code === 'commander.help' ? WRONG_USAGE : DONE
  }
}

/**
 * Tells whether `--json` is among the words. It is called before parsing, so that wrong options are reported as JSON
 * too.
 */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json')
}

/** Writes an error in one line; with its stack if it is neither an error of this library nor of the system. */
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

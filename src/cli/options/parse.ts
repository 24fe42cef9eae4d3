import { parseArgs } from 'node:util'
import { z } from 'zod'
import { FineTuneError } from '../../index.js'
import { type Command, optionsOf } from './Command.js'
import { type ConfigEntry, readConfig } from './configFile.js'
import type { Options } from './options.js'
import { suggest } from './suggest.js'

export interface Parsed {
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * Arguments and options of a command, checked, with defaults. The command line wins over the config file.
 *
 * @throws FineTuneError 'cli/unknown-option', 'cli/bad-option', 'cli/arguments', 'cli/bad-config'
 */
export async function parse(command: Command, argv: readonly string[]): Promise<Parsed> {
  const options = optionsOf(command)
  const { args, given } = readArguments(command, options, argv)
  const config = given.get('config')?.value
  const fromFile = config === undefined ? new Map<string, ConfigEntry>() : await readConfig(String(config))
  for (const [name, { place }] of fromFile)
    if (!Object.hasOwn(options, name)) throw unknownOption(place, name, command, options)
  const entries = new Map([...fromFile, ...given])
  const values = check(options, entries)
  checkCount(command, args)
  return { args, options: values }
}

/** Whether help is asked for, whatever else is wrong. */
export const asksForHelp = (argv: readonly string[]): boolean =>
  argv.slice(0, end(argv)).some((word) => word === '--help' || word === '-h')
export const asksForJson = (argv: readonly string[]): boolean => argv.slice(0, end(argv)).includes('--json')
const end = (argv: readonly string[]) => (argv.includes('--') ? argv.indexOf('--') : argv.length)

function readArguments(command: Command, options: Options, argv: readonly string[]) {
  const given = new Map<string, ConfigEntry>()
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(options).map(([name, { placeholder, short }]) => [
        name,
        { type: placeholder ? ('string' as const) : ('boolean' as const), ...(short && { short }) },
      ]),
    ),
    allowPositionals: true,
    allowNegative: true,
    strict: false,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    const negative = rawName === `--no-${name}`
    if (!option || (negative && option.placeholder))
      throw unknownOption(rawName, rawName.replace(/^-+/, ''), command, options)
    const missing = value === undefined || (!inlineValue && /^-\D/.test(value))
    const bad = (received: unknown) =>
      new FineTuneError('cli/bad-option', { option: rawName, expected: option.expected, received })
    if (option.placeholder && missing) throw bad(undefined)
    if (!option.placeholder && value !== undefined) throw bad(value)
    given.set(name, { value: option.placeholder ? option.read(value!) : !negative, place: rawName })
  }
  return { args: positionals, given }
}

function check(options: Options, entries: ReadonlyMap<string, ConfigEntry>): Readonly<Record<string, unknown>> {
  const schema = z.strictObject(Object.fromEntries(Object.entries(options).map(([name, { schema }]) => [name, schema])))
  const result = schema.safeParse(Object.fromEntries([...entries].map(([name, { value }]) => [name, value])))
  if (result.success) return result.data
  const name = String(result.error.issues[0]!.path[0])
  const { value: received, place } = entries.get(name)!
  throw new FineTuneError('cli/bad-option', { option: place, expected: options[name]!.expected, received })
}

function checkCount({ name, positionals }: Command, args: readonly string[]): void {
  const missing = positionals[args.length]
  if (missing)
    throw new FineTuneError('cli/arguments', {
      command: name,
      problem: `${missing.placeholder} is missing: ${missing.summary}`,
    })
  const surplus = args[positionals.length]
  if (surplus !== undefined && !positionals.at(-1)?.many)
    throw new FineTuneError('cli/arguments', { command: name, problem: `there is no place for ${surplus}` })
}

function unknownOption(place: string, name: string, command: Command, options: Options): FineTuneError {
  const near = suggest(name, Object.keys(options))
  const nearest = near && (place.startsWith('-') ? `--${near}` : `"${near}"`)
  return new FineTuneError('cli/unknown-option', { option: place, command: command.name, nearest })
}

import type { Command as Commander } from 'commander'
import * as z from 'zod'
import { cliError } from '../errors.js'
import { type Command, optionsOf, type Parsed } from './Command.js'
import { type ConfigEntry, readConfig } from './configFile.js'
import type { Options } from './options.js'
import { unknownOption } from './refuse.js'

/**
 * Returns the options of a command, checked, with defaults, and the names of those that are given. Those that commander
 * parsed override the config file.
 *
 * @throws FineTuneError 'cli/unknown-option', 'cli/bad-option', 'cli/bad-config'
 */
export async function valuesOf(command: Command, words: Commander): Promise<Pick<Parsed, 'options' | 'given'>> {
  const options = optionsOf(command)
  const given = givenOptions(options, words)
  const config = given.get('config')?.value
  const fromFile = config === undefined ? new Map<string, ConfigEntry>() : await readConfig(String(config))
  for (const [name, { place }] of fromFile) if (!Object.hasOwn(options, name)) throw unknownOption(place, name, command)
  const entries = new Map([...fromFile, ...given])
  return { options: checked(options, entries), given: new Set(entries.keys()) }
}

function givenOptions(options: Options, words: Commander): Map<string, ConfigEntry> {
  const given = new Map<string, ConfigEntry>()
  for (const [name, { placeholder, expected }] of Object.entries(options)) {
    const place = `--${name}`
    const key = words.options.find(({ long }) => long === place)!.attributeName()
    if (words.getOptionValueSource(key) === undefined) continue
    const value: unknown = words.getOptionValue(key)
    // commander has true for a missing value.
    if (placeholder && value === true)
      throw cliError('cli/bad-option', { option: place, expected, received: undefined })
    given.set(name, { value, place })
  }
  return given
}

function checked(options: Options, entries: ReadonlyMap<string, ConfigEntry>): Readonly<Record<string, unknown>> {
  const schema = z.strictObject(Object.fromEntries(Object.entries(options).map(([name, { schema }]) => [name, schema])))
  const result = schema.safeParse(Object.fromEntries([...entries].map(([name, { value }]) => [name, value])))
  if (result.success) return result.data
  const name = String(result.error.issues[0]!.path[0])
  const { value: received, place } = entries.get(name)!
  throw cliError('cli/bad-option', { option: place, expected: options[name]!.expected, received })
}

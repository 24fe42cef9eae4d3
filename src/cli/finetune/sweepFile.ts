import type { SweepOptions } from '../../cluster.node.js'
import { cliError } from '../errors.js'
import { readConfig } from '../options/configFile.js'
import { suggest } from '../options/suggest.js'
import { trainOptions } from './options.js'

/** The names of a sweep's file. The command has options for the rest. */
const NAMES = ['images', 'search', 'options', 'method', 'runs', 'seed', 'metric', 'leastEpochs', 'factor', 'attempts']

/**
 * Reads the description of a sweep. The options of `train` that it names are checked here, before the first run.
 *
 * @throws FineTuneError 'cli/bad-config', 'cli/unknown-option', 'cli/bad-option'
 */
export async function readSweep(file: string): Promise<Omit<SweepOptions, 'out'>> {
  const entries = await readConfig(file)
  for (const [name, { place }] of entries) if (!NAMES.includes(name)) throw unknown(place, name, 'sweep', NAMES)
  for (const part of ['search', 'options']) {
    const { value, place } = entries.get(part) ?? { value: {}, place: '' }
    for (const [name, given] of Object.entries(Object(value))) checkOption(`${place}, "${name}"`, name, given, part)
  }
  const described = Object.fromEntries([...entries].map(([name, { value }]) => [name, value]))
  // The rest of it is checked by the sweep itself.
  return described as unknown as Omit<SweepOptions, 'out'>
}

function checkOption(place: string, name: string, given: unknown, part: string): void {
  if (!Object.hasOwn(trainOptions, name)) throw unknown(place, name, 'train', Object.keys(trainOptions))
  const { schema, expected } = trainOptions[name as keyof typeof trainOptions]
  const values = part === 'options' ? [given] : Array.isArray(given) ? given : []
  for (const received of values)
    if (!schema.safeParse(received).success) throw cliError('cli/bad-option', { option: place, expected, received })
}

function unknown(place: string, name: string, command: string, known: readonly string[]) {
  const near = suggest(name, known)
  return cliError('cli/unknown-option', { option: place, command, nearest: near && `"${near}"` })
}

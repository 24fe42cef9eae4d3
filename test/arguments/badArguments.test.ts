import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import * as cluster from '../../src/cluster.node.js'
import { isFineTuneError } from '../../src/errors.js'
import * as api from '../../src/index.js'
import * as node from '../../src/node.js'
import * as training from '../../src/training.js'
import type { Call, Parameter } from './call.js'
import { methodCalls } from './methodCalls.js'
import { publicCalls } from './publicCalls.js'
import { wrongNames, wrongValues } from './wrongValues.js'

const directory = await mkdtemp(join(tmpdir(), 'arguments-'))
// A wrong word may be a right path: what is written there is written elsewhere.
const [home, elsewhere] = [process.cwd(), await mkdtemp(join(tmpdir(), 'elsewhere-'))]
const table = await publicCalls(directory)
const methods = await methodCalls(directory)
process.chdir(elsewhere)
afterAll(async () => {
  process.chdir(home)
  await methods.close()
  await Promise.all([directory, elsewhere].map((path) => rm(path, { recursive: true })))
})
const calls = Object.entries(table).flatMap(([name, entry]) =>
  entry === 'no function' ? [] : [entry].flat().map((call) => [name, call as Call] as const),
)

test('every public function is in the table', () => {
  const known = new Set<unknown>([...Object.values(api), ...Object.values(node)])
  const own = Object.entries(training).filter(([, value]) => !known.has(value))
  const names = [
    ...[api, node, cluster].flatMap((face) => Object.keys(face)),
    ...own.map(([name]) => `training: ${name}`),
  ]
  expect(Object.keys(table).sort()).toEqual(names.sort())
})

/** Options with one of them replaced: also by a name such as `__proto__`. */
const withOption = (options: object, name: string, value: unknown): object =>
  Object.defineProperty({ ...options }, name, { value, enumerable: true, configurable: true, writable: true })

interface Case {
  readonly what: string
  readonly args: readonly unknown[]
  /** What a message names. */
  readonly names: string
  /** Whether the function may take it all the same. */
  readonly fits: boolean
}

function casesOf({ parameters }: Call): Case[] {
  const all = Object.entries(parameters)
  const valid = all.map(([, parameter]) => parameter.valid)
  return all.flatMap(([name, parameter], i) => {
    const replaced = (value: unknown) => valid.with(i, value)
    // Of options as a whole, the first that is missing may be named as well.
    const named = parameter.options ? '' : name
    const given = Object.entries(wrongValues).map(([what, make]) => caseOf(named, parameter, what, make(), replaced))
    const inside = Object.entries(parameter.options ?? {}).flatMap(([option, facts]) =>
      Object.entries(wrongValues).map(([what, make]) =>
        caseOf(option, facts, what, make(), (value) => replaced(withOption(parameter.valid as object, option, value))),
      ),
    )
    const unknown = (parameter.options ? wrongNames : []).map((wrong) => ({
      what: `an unknown option ${JSON.stringify(wrong)}`,
      args: replaced(withOption(parameter.valid as object, wrong, 1)),
      names: wrong,
      fits: false,
    }))
    return [...given, ...inside, ...unknown]
  })
}

const caseOf = (
  names: string,
  { fits, isOptional }: Parameter,
  what: string,
  value: unknown,
  place: (value: unknown) => unknown[],
): Case => ({
  what: `${names} is ${what}`,
  args: place(value),
  names,
  fits: (value === undefined && isOptional) || isRight(fits, value),
})

const isRight = (fits: Parameter['fits'], value: unknown): boolean => {
  try {
    return fits(value)
  } catch {
    return false
  }
}

type Outcome = { readonly error?: unknown; readonly thrownAtOnce: boolean }

async function outcomeOf(call: () => unknown, isAsync: boolean): Promise<Outcome> {
  let result: unknown
  try {
    result = call()
  } catch (error) {
    return { error, thrownAtOnce: true }
  }
  if (!isAsync) return { thrownAtOnce: false }
  try {
    await release(await result)
    return { thrownAtOnce: false }
  } catch (error) {
    return { error, thrownAtOnce: false }
  }
}

/** Threads and sessions that a call has opened after all. */
async function release(result: unknown): Promise<void> {
  const { release } = (result ?? {}) as { release?: () => Promise<void> }
  if (typeof release === 'function') await release.call(result)
}

/** What is wrong with how a function took an argument, in a line; nothing, if it is in order. */
function complaint(
  { what, names, fits }: Case,
  { error, thrownAtOnce }: Outcome,
  isAsync: boolean,
): string | undefined {
  if (error === undefined) return fits ? undefined : `${what}: was taken`
  if (!isFineTuneError(error))
    return `${what}: ${error instanceof Error ? error.stack?.split('\n').slice(0, 3).join(' ') : String(error)}`
  if (isAsync && thrownAtOnce) return `${what}: thrown, where the promise should be rejected`
  if (error.message.length > 1500) return `${what}: a message of ${error.message.length} characters`
  if (fits || error.code !== 'options/invalid') return undefined
  if (!/Received: ./.test(error.message)) return `${what}: what was received is not told: ${error.message}`
  return error.message.includes(names) ? undefined : `${what}: ${names} is not named: ${error.message}`
}

/** What a call leaves running: threads, and the ports to them. */
const threads = () => process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name))

describe.each([...calls, ...Object.entries(methods.calls)])('%s', (_, { call, isAsync = false, parameters }) => {
  test('takes what is in order, or says in a typed error what the world lacks', async () => {
    const valid = Object.values(parameters).map((parameter) => parameter.valid)
    const { error } = await outcomeOf(() => call(...(valid as never[])), isAsync)
    if (error === undefined) return
    if (!isFineTuneError(error)) throw error
    expect(error.code).not.toBe('options/invalid')
  })

  test('refuses every wrong argument with a typed error that names it', async () => {
    const complaints: string[] = []
    const before = threads()
    for (const one of casesOf({ call, parameters })) {
      const outcome = await outcomeOf(() => call(...(one.args as never[])), isAsync)
      const wrong = complaint(one, outcome, isAsync)
      if (wrong) complaints.push(wrong)
    }
    expect(complaints).toEqual([])
    expect(threads()).toEqual(before)
    expect(await readdir(directory)).toEqual([])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

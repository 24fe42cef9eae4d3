import { expect, test } from 'vitest'
import { recipeOptions } from '../../src/cli/finetune/recipe.js'
import { checkFineTuneOptions } from '../../src/finetune/options/options.js'
import type { Optimizer } from '../../src/optim/Optimizer.js'
import { defaultInWords, documentedOptions, schemaDefaults, statedDefault } from './support/optionDefaults.js'

const options = documentedOptions()
const defaults = schemaDefaults()

/** In the file of the option; where that has none of the name, in others. */
const defaultsOf = ({ file, name }: { readonly file: string; readonly name: string }): unknown[] => {
  const named = defaults.filter((schema) => schema.name === name)
  const near = named.filter((schema) => schema.file === file)
  return (near.length > 0 ? near : named).map(({ value }) => value)
}

test('a doc comment states the default that the option has', () => {
  const stated = options.filter((option) => statedDefault(option) !== undefined)
  const checked = stated.filter((option) => defaultsOf(option).length > 0)
  expect(checked.length).toBeGreaterThan(40)
  const wrong = checked
    .map((option) => ({ ...option, is: defaultsOf(option) }))
    .filter((option) => {
      const stated = JSON.stringify(statedDefault(option))
      return !option.is.every((value) => JSON.stringify(value) === stated)
    })
  expect(wrong).toEqual([])
})

test('a default is stated where the option is documented', () => {
  const silent = options.filter(
    ({ file, name, says, tag }) =>
      tag === undefined &&
      !/default|^as /i.test(says) &&
      defaults.some((schema) => schema.file === file && schema.name === name),
  )
  expect(silent).toEqual([])
})

test('a literal default of a property is its @default tag, and a tag is a literal', () => {
  expect(options.filter(({ tag }) => tag !== undefined).length).toBeGreaterThan(30)
  const wrong = options.filter(({ says, tag, isParameter }) =>
    tag === undefined ? !isParameter && endsInDefault(says) : statedDefault({ says, tag }) === undefined,
  )
  expect(wrong).toEqual([])
})
const endsInDefault = (says: string): boolean => {
  const [, last] = /\b(Defaults? [^.(]+(?:\.\d+)?)\.?$/.exec(says) ?? []
  return last !== undefined && defaultInWords(last) !== undefined
}

test.each(['threads', 'runtime', 'executionProviders', 'workers', 'prefetch', 'cacheBytes', 'maxPixels'])(
  '%s has one default, in the same words wherever it is an option',
  (name) => {
    const words = options
      .filter((option) => option.name === name && (option.tag !== undefined || option.says.includes('Default')))
      .map((option) => JSON.stringify(statedDefault(option)) ?? wordsOf(option.says))
    expect(words.length).toBeGreaterThan(0)
    expect([...new Set(words)]).toHaveLength(1)
  },
)
const wordsOf = (says: string): string => /Default(?:, [^:]*)?:? ([^.(]+)/.exec(says)![1]!.replaceAll('`', '').trim()

test('the command line trains with the defaults of fineTune', () => {
  const optimizer = { groups: [], buildGraph: () => {} } as unknown as Optimizer
  const api = checkFineTuneOptions({ train: { classes: [], samples: [] }, optimizer })
  const cli = (name: 'epochs' | 'batch-size' | 'accumulate') => recipeOptions[name].schema.parse(undefined)
  expect({ epochs: cli('epochs'), batchSize: cli('batch-size'), accumulate: cli('accumulate') }).toEqual({
    epochs: api.epochs,
    batchSize: api.batchSize,
    accumulate: api.accumulate,
  })
})

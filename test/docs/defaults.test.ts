import { expect, test } from 'vitest'
import { recipeOptions } from '../../src/cli/finetune/recipe.js'
import { checkFineTuneOptions } from '../../src/finetune/options/options.js'
import type { Optimizer } from '../../src/optim/Optimizer.js'
import { documentedOptions, schemaDefaults, statedDefault } from './support/optionDefaults.js'

const options = documentedOptions()
const defaults = schemaDefaults()

/** In the file of the option; where that has none of the name, in others. */
const defaultsOf = ({ file, name }: { readonly file: string; readonly name: string }): unknown[] => {
  const named = defaults.filter((schema) => schema.name === name)
  const near = named.filter((schema) => schema.file === file)
  return (near.length > 0 ? near : named).map(({ value }) => value)
}

test('a doc comment states the default that the option has', () => {
  const stated = options.filter(({ says }) => statedDefault(says) !== undefined)
  const checked = stated.filter((option) => defaultsOf(option).length > 0)
  expect(checked.length).toBeGreaterThan(40)
  const wrong = checked
    .map((option) => ({ ...option, is: defaultsOf(option) }))
    .filter(({ is, says }) => !is.every((value) => JSON.stringify(value) === JSON.stringify(statedDefault(says))))
  expect(wrong).toEqual([])
})

test('a default is stated where the option is documented', () => {
  const silent = options.filter(
    ({ file, name, says }) =>
      !/default|^as /i.test(says) && defaults.some((schema) => schema.file === file && schema.name === name),
  )
  expect(silent).toEqual([])
})

test.each(['threads', 'runtime', 'executionProviders', 'workers', 'prefetch', 'cacheBytes', 'maxPixels'])(
  '%s has one default, in the same words wherever it is an option',
  (name) => {
    const words = options
      .filter((option) => option.name === name && option.says.includes('Default'))
      .map(({ says }) => /Default(?:, [^:]*)?:? ([^.(]+)/.exec(says)![1]!.replaceAll('`', '').trim())
    expect(words.length).toBeGreaterThan(0)
    expect([...new Set(words)]).toHaveLength(1)
  },
)

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

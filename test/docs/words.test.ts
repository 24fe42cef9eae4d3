import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pages } from './support/programs.js'

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file))

const examples = readdirSync('examples', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|md|log)$/.test(file))
  .map((file) => join('examples', file))

/** The lesson's own table, and what `npm run hotdog` measured, have the lesson's word. */
const isTheLesson = (line: string): boolean => /train loss\W+train accuracy\W+test accuracy|npm run hotdog/.test(line)

test('what is measured on the validation pictures is called validation accuracy, everywhere', () => {
  const wrong = [...sources, ...examples, ...pages].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => /\b(test|val)\b\.? acc/i.test(line) && !isTheLesson(line))
      .map((line) => `${file}: ${line.trim()}`),
  )
  expect(wrong).toEqual([])
})

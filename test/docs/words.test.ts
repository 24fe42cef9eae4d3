import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commentsOf, type Line, proseOf, sources } from './support/comments.js'
import { type Declaration, declarationsOf } from './support/declarations.js'
import { pages } from './support/programs.js'

const library = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file))

/** The lesson's own table, and what `npm run hotdog` measured, have the lesson's word. */
const isTheLesson = (line: string): boolean => /train loss\W+train accuracy\W+test accuracy|npm run hotdog/.test(line)

/** The lesson's table. */
const isOfTheLesson = (file: string): boolean => file === 'examples/hotdog/table.ts'

test('what is measured on the validation images is called validation accuracy, everywhere', () => {
  const examples = sources.filter((file) => file.startsWith('examples/') && !isOfTheLesson(file))
  const wrong = [...library, ...examples, ...pages].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => /\b(test|val)\b\.? acc/i.test(line) && !isTheLesson(line))
      .map((line) => `${file}: ${line.trim()}`),
  )
  expect(wrong).toEqual([])
})

const comments = sources.flatMap((file) => commentsOf(file))
const declarations = sources.flatMap(declarationsOf)
const guides = [...pages, 'CONTRIBUTING.md', 'SECURITY.md'].flatMap((file) => proseOf(file))
const shown = ({ file, line, text }: Line): string => `${file}:${line}: ${text.trim()}`

/** Words that were replaced, and those in their place. Code between backticks is not looked at. */
const REPLACED: readonly (readonly [was: RegExp, is: string])[] = [
  [/\bin (a )?pages?\b/i, 'in the browser'],
  [/\bpacked\b/i, 'contiguous'],
  [/\bturned\b/i, 'rotated or mirrored, transposed'],
  [/\b(he|his|him|himself|somebody|nobody|whoever)\b/, 'the process, the user, the caller, none'],
  [/\bso many\b/i, 'the given number of'],
  [/\band no more\b/i, 'only'],
  [/\b(?<!(each|one|some|all|most) )of which\b/i, 'whose'],
  [/\b(stays?|left|leaves?|takes?|keeps?|kept|passed|handed)\b[^.,;:]* as (it is|they are)\b/i, 'unchanged'],
  [/\bgo(es)? on\b/i, 'continue, resume'],
  [/\b(tidy|lift)(s|ed|ing)?\b/i, 'normalize, convert the operator set'],
  [/\bhanded over\b/i, 'transferred'],
]

describe('words that were replaced do not come back', () => {
  test.each(REPLACED)('%s: %s', (was) => {
    const isWrong = ({ text, isCode }: Line) => !isCode && was.test(text.replaceAll(/`[^`]*`/g, ''))
    expect([...comments, ...guides].filter(isWrong).map(shown)).toEqual([])
  })

  test('the comments and the guides are looked at', () => {
    expect(comments.length).toBeGreaterThan(2000)
    expect(guides.length).toBeGreaterThan(1000)
  })
})

test('a doc comment begins with what the thing is or does: not with "What", "Whether", "Where", "Who", "How"', () => {
  const isQuestion = ({ text }: Line) => /^(\/\*\*|\*) (What|Whether|Where|Who|How)\b/.test(text)
  expect(comments.filter(isQuestion).map(shown)).toEqual([])
})

test('a doc comment says what a function does, and names a type, a constant or a property', () => {
  const isWrong = ({ isFunction, says }: Declaration) =>
    (isFunction
      ? /^(The|An?|True|Those|These|Of|By|From)\b/
      : /^(Returns|Tells|Reads|Writes|Makes|Adds|Computes)\b/
    ).test(says)
  expect(declarations.filter(({ isFunction }) => isFunction).length).toBeGreaterThan(300)
  expect(declarations.filter(({ isFunction }) => !isFunction).length).toBeGreaterThan(300)
  expect(declarations.filter(isWrong)).toEqual([])
})

test("@throws names the class, then the code: @throws FineTuneError 'options/invalid' for ...", () => {
  const thrown = comments.filter(({ text }) => /@throws\b/.test(text))
  const wrong = thrown.filter(
    ({ text }) =>
      !/@throws (FineTuneError ('[a-z0-9-]+\/[a-z0-9-]+'|those of )|(?!FineTuneError)[A-Z]\w+\b)/.test(text),
  )
  expect(thrown.length).toBeGreaterThan(100)
  expect(wrong.map(shown)).toEqual([])
})

test('lines of the guides break at 120 columns', () => {
  const isTable = (text: string) => text.startsWith('|')
  const long = guides.filter(
    ({ text, isCode }) => text.length > 120 && !isCode && !isTable(text) && /^.{1,120} \S/.test(text.trimStart()),
  )
  expect(long.map(shown)).toEqual([])
})

import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { thorough } from '../support/thorough.js'
import { checkPrograms } from './support/checkPrograms.js'
import { docCommentsOf, sources } from './support/comments.js'
import { type Block, isRun, pages, programsOf } from './support/programs.js'
import { runPrograms } from './support/runPrograms.js'

const examples = sources.flatMap((file) => programsOf(file, docCommentsOf(file)))
const programs = [...pages.flatMap((page) => programsOf(page)), ...examples]
const page = (...blocks: string[]) => blocks.map((block) => `Text.\n\n\`\`\`ts${block}\n\`\`\`\n`).join('\n')
const wrong = programsOf(
  'wrong.md',
  page(' given=model\nmodel.frozen.add(1)', ' continued\nconst n: string = 1', "\nimport { fit } from 'onnx-finetune'"),
)

describe('the types of', () => {
  const errors = checkPrograms([...programs, ...wrong])
  const isWrong = (error: string) => error.startsWith('wrong.md')

  test('every ts block of README.md and docs/, and every example in a doc comment', () => {
    expect(programs.length - examples.length).toBeGreaterThan(8)
    expect(examples.length).toBeGreaterThan(8)
    expect(errors.filter((error) => !isWrong(error))).toEqual([])
  })

  test('blocks with mistakes, which are found where they stand', () => {
    expect(errors.filter(isWrong)).toEqual([
      expect.stringMatching(/^wrong\.md:4: Argument of type 'number'/),
      expect.stringMatching(/^wrong\.md:10: Type 'number'/),
      expect.stringMatching(/^wrong\.md:16: .* no exported member 'fit'/),
    ])
  })
})

test('every block that says so runs; in the gate those of the guides, not those of comments', async () => {
  const run = programs.filter((program) => isRun(program) && (thorough || !examples.includes(program)))
  expect(await inAFolder((directory) => runPrograms(run, directory))).toEqual([])
}, 300_000)

test('stopping early: the file has the weights of the best epoch, and the model those of the last', async () => {
  const page = 'docs/from-fastai.md'
  const [block] = blocksBelow(page, '## Stopping early')
  const check: Block = { line: block!.line, code: 'await verify()', runs: true, continues: true, given: ['verify'] }
  const program = { page, blocks: [block!, check] }
  const given = 'test/docs/support/stoppedEarly.ts'
  expect(await inAFolder((directory) => runPrograms([program], directory, given))).toEqual([])
}, 120_000)

/** Those of a page that stand below a heading. */
function blocksBelow(page: string, heading: string): readonly Block[] {
  const line = readFileSync(page, 'utf8').split('\n').indexOf(heading) + 1
  return programsOf(page)
    .flatMap(({ blocks }) => blocks)
    .filter((block) => line > 0 && block.line > line)
}

async function inAFolder<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'docs-'))
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

test('a block says what it is in words that are known', () => {
  expect(() => programsOf('docs/x.md', page(' sketch\n1'))).toThrow('docs/x.md:4')
  expect(() => programsOf('docs/x.md', page(' continued\n1'))).toThrow('docs/x.md:4')
})

import { readdirSync, readFileSync } from 'node:fs'

/**
 * The words that may follow `ts` where a block of a page opens:
 *
 * - `run`: it is run as well, on tiny images (`runPrograms`)
 * - `continued`: it goes on from the block above it, whose names it may use
 * - `given=train,model`: these names are there already; `given.ts` says what they are
 */
export interface Block {
  /** Line of its first line of code, from 1. */
  readonly line: number
  readonly code: string
  readonly runs: boolean
  readonly continues: boolean
  readonly given: readonly string[]
}

/** A block, or several that go on from each other: one module. */
export interface Program {
  readonly page: string
  readonly blocks: readonly Block[]
}

/** README.md and what is written by hand in docs/. */
export const pages = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !/^(api|\.vitepress)\b/.test(file))
    .map((file) => `docs/${file.replaceAll('\\', '/')}`)
    .sort(),
]

export const nameOf = ({ page, blocks }: Program): string => `${page}:${blocks[0]!.line}`
export const isRun = ({ blocks }: Program): boolean => blocks.some(({ runs }) => runs)

/** The code of a program behind one line that brings in what is given, and the line of the page for each of its lines. */
export function moduleOf({ blocks }: Program): { readonly code: string; readonly lines: readonly number[] } {
  const given = [...new Set(blocks.flatMap((block) => block.given))]
  const head = given.length > 0 ? `import { ${given.join(', ')} } from './given.js'` : 'export {}'
  const lines = blocks.flatMap(({ line, code }) => code.split('\n').map((_, i) => line + i))
  return { code: [head, ...blocks.map(({ code }) => code)].join('\n'), lines: [blocks[0]!.line, ...lines] }
}

/** @throws Error for a word that means nothing, and for a block that goes on from none */
export function programsOf(page: string, markdown = readFileSync(page, 'utf8')): Program[] {
  const programs: { page: string; blocks: Block[] }[] = []
  for (const block of blocksOf(page, markdown)) {
    if (!block.continues) programs.push({ page, blocks: [block] })
    else if (programs.length > 0) programs.at(-1)!.blocks.push(block)
    else throw new Error(`${page}:${block.line} is continued, and no block is above it`)
  }
  return programs
}

function blocksOf(page: string, markdown: string): Block[] {
  return [...markdown.matchAll(/^(`{3,})(?:ts|typescript)\b(.*)\n([\s\S]*?)\n\1$/gm)].map((match) => {
    const [, , info, code] = match as unknown as [string, string, string, string]
    const line = markdown.slice(0, match.index).split('\n').length + 1
    return { line, code, ...wordsOf(info, `${page}:${line}`) }
  })
}

function wordsOf(info: string, where: string): Omit<Block, 'line' | 'code'> {
  const words = info.split(/\s+/).filter(Boolean)
  const given = words.filter((word) => word.startsWith('given=')).flatMap((word) => word.slice(6).split(','))
  const unknown = words.filter((word) => word !== 'run' && word !== 'continued' && !word.startsWith('given='))
  if (unknown.length > 0) throw new Error(`${where}: ts may be followed by run, continued, given=. Received: ${info}`)
  return { runs: words.includes('run'), continues: words.includes('continued'), given }
}

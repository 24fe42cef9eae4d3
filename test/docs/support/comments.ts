import { readdirSync, readFileSync } from 'node:fs'

/** The sources of the library and of the examples. */
export const sources: readonly string[] = ['src', 'examples'].flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: 'utf8' })
    .map((file) => `${room}/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts') && !file.startsWith('src/onnx/format/gen/'))
    .sort(),
)

export interface Line {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly text: string
  /** True in an example. */
  readonly isCode: boolean
}

/** The comments of a source, line by line: doc comments, and what follows `//`. */
export function commentsOf(file: string, source = readFileSync(file, 'utf8')): Line[] {
  let isInside = false
  let isFenced = false
  return source.split('\n').flatMap((text, i) => {
    const isComment = isInside || /^\s*\/\*\*/.test(text)
    if (isComment) isInside = !text.includes('*/')
    const note = (isComment ? text : /(?:^|\s)(\/\/ .*)$/.exec(text)?.[1])?.trim()
    if (note === undefined) return []
    const isFence = note.startsWith('* ```')
    if (isFence) isFenced = !isFenced
    return [{ file, line: i + 1, text: note, isCode: isFenced || isFence || /^\* {5}/.test(note) }]
  })
}

/** The doc comments of a source as a page of markdown, each line where it is in the source. */
export function docCommentsOf(file: string): string {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map(() => '')
  for (const { line, text } of commentsOf(file)) if (/^\*( |$)/.test(text)) lines[line - 1] = text.slice(2)
  return lines.join('\n')
}

/** The text of a page without its code, line by line. */
export function proseOf(file: string, page = readFileSync(file, 'utf8')): Line[] {
  const blank = (code: string): string => code.replaceAll(/[^\n]/g, '')
  const prose = page.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, blank)
  return prose.split('\n').map((text, i) => ({ file, line: i + 1, text, isCode: text.startsWith('    ') }))
}

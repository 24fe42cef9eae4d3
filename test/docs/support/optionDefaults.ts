import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'

/** An option as its doc comment has it: a property of an interface or a type, or `@param options.name`. */
export interface DocumentedOption {
  readonly file: string
  readonly name: string
  /** The text of the comment, on one line. */
  readonly says: string
  /** The text of its `@default` tag. */
  readonly tag?: string | undefined
  /** True for `@param options.name`, which has no tags of its own. */
  readonly isParameter: boolean
}

/** A default that zod fills in: `epochs: z.int().default(5)`. */
export interface SchemaDefault {
  readonly file: string
  readonly name: string
  readonly value: unknown
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `src/${file.replaceAll('\\', '/')}`)

export const documentedOptions = (): DocumentedOption[] =>
  collect((node, file) => {
    if (ts.isJSDocParameterTag(node))
      return {
        file,
        name: node.name.getText().replace(/^options\./, ''),
        says: textOf(node.comment),
        isParameter: true,
      }
    if (!ts.isPropertySignature(node)) return undefined
    const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc)
    if (comment === undefined) return undefined
    const tag = comment.tags?.find(({ tagName }) => tagName.text === 'default')
    return {
      file,
      name: node.name.getText(),
      says: textOf(comment.comment),
      tag: tag && textOf(tag.comment),
      isParameter: false,
    }
  })

const textOf = (comment: Parameters<typeof ts.getTextOfJSDocComment>[0]): string =>
  (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s+/g, ' ')

/** Of the schemas' properties, and of the constants that they share (`decoderSchema` is of `decoder`), as far as they are literal. */
export const schemaDefaults = (): SchemaDefault[] =>
  collect((node, file) => {
    if (!ts.isPropertyAssignment(node) && !ts.isVariableDeclaration(node)) return undefined
    const call = node.initializer
    if (!call || !ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined
    if (call.expression.name.text !== 'default') return undefined
    const value = literalOf(call.arguments[0]!.getText())
    const name = node.name.getText().replace(/Schema$/, '')
    return value === undefined ? undefined : { file, name, value }
  })

/** The default that a doc comment states as a literal, by its tag or else in words. */
export const statedDefault = ({ tag, says }: Pick<DocumentedOption, 'tag' | 'says'>): unknown =>
  tag === undefined ? defaultInWords(says) : literalOf(tag)

/** The default that a text states as a literal: `Default 5.`, ``Default `'mean'`.``, `Default 256 MiB`. */
export function defaultInWords(says: string): unknown {
  const [, text, mebi] =
    /\b[Dd]efault:? `?('[^']*'|\[[^\]]*\]|true\b|false\b|-?\d[\d.e-]*\d|\d)( MiB)?/.exec(says) ?? []
  if (text === undefined) return undefined
  return mebi ? Number(text) * 2 ** 20 : literalOf(text)
}

/** Numbers, words in quotes, lists of them, and sums that are written out; undefined for anything else. */
function literalOf(text: string): unknown {
  const isLiteral = /^(\s|'[^']*'|[\d_.]+(e-?\d+)?|true|false|[[\],*/+-])+$/.test(text)
  return isLiteral ? new Function(`return ${text}`)() : undefined
}

function collect<T>(read: (node: ts.Node, file: string) => T | undefined): T[] {
  return files.flatMap((file) => {
    const found: T[] = []
    const visit = (node: ts.Node): void => {
      for (const tag of ts.getJSDocTags(node)) add(tag)
      add(node)
      ts.forEachChild(node, visit)
    }
    const add = (node: ts.Node): void => {
      const one = read(node, file)
      if (one !== undefined) found.push(one)
    }
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true))
    return found
  })
}

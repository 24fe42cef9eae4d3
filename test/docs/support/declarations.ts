import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** A declaration with a doc comment. */
export interface Declaration {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly isFunction: boolean
  readonly says: string
}

/** The documented declarations of a source: functions and methods, and types, constants and properties. */
export function declarationsOf(file: string): Declaration[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: Declaration[] = []
  const visit = (node: ts.Node): void => {
    const comment = ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc)
    const isFunction = comment?.parent === node ? kindOf(node) : undefined
    if (comment && isFunction !== undefined) {
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
      found.push({ file, line, isFunction, says: ts.getTextOfJSDocComment(comment.comment) ?? '' })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** Tells whether a declaration is a function; undefined for other nodes, and for options that are functions. */
function kindOf(node: ts.Node): boolean | undefined {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isMethodSignature(node)) return true
  if (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) return false
  if (ts.isPropertySignature(node)) return node.type && !ts.isFunctionTypeNode(node.type) ? false : undefined
  if (!ts.isVariableStatement(node)) return undefined
  const value = node.declarationList.declarations[0]!.initializer
  return value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value))
}

import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const entries = readdirSync('src', { recursive: true, withFileTypes: true })
const pathOf = ({ parentPath, name }: { readonly parentPath: string; readonly name: string }) =>
  join(parentPath, name).split(sep).join('/')
const folders = entries.filter((entry) => entry.isDirectory()).map(pathOf)
const sources = entries
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map(pathOf)
  .filter((file) => !file.includes('/gen/'))
const textOf = (file: string): string => readFileSync(file, 'utf8')
const linesOf = (text: string): number => text.split('\n').length - 1

describe('the plan in CONTRIBUTING.md', () => {
  const tree = /```text\n(src\/[\s\S]*?)```/.exec(textOf('CONTRIBUTING.md'))?.[1] ?? ''

  test('draws the folders that there are', () => {
    const path: string[] = []
    const drawn = tree
      .split('\n')
      .filter((line) => /^ *\S+\/(\s|$)/.test(line))
      .map((line) => {
        const depth = /^ */.exec(line)![0].length / 2
        path.splice(depth, path.length, line.trim().split(/\s/)[0]!.slice(0, -1))
        return path.join('/')
      })
    expect(drawn.filter((folder) => folder !== 'src').sort()).toEqual([...folders].sort())
  })

  test('says of every folder what lies in it', () => {
    const silent = tree
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^ *\S+ {2,}\S/.test(line) && line !== 'src/')
    expect(silent).toEqual([])
  })
})

describe('the size of', () => {
  test('files: none over 250 lines but lists of data, half of them at 90 at most', () => {
    const sizes = sources.map((file) => ({ file, lines: linesOf(textOf(file)) }))
    // The index lists every public name.
    expect(sizes.filter(({ file, lines }) => lines > 250 && file !== 'src/index.ts')).toEqual([])
    const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(90)
  })

  test('functions: none over 50 lines', () => {
    const long: string[] = []
    for (const file of sources) {
      const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true)
      const lineAt = (position: number) => source.getLineAndCharacterOfPosition(position).line
      const visit = (node: ts.Node): void => {
        const lines = lineAt(node.getEnd()) - lineAt(node.getStart()) + 1
        if (ts.isFunctionLike(node) && 'body' in node && node.body && lines > 50)
          long.push(`${file}:${lineAt(node.getStart()) + 1} has ${lines} lines`)
        node.forEachChild(visit)
      }
      visit(source)
    }
    expect(long).toEqual([])
  })
})

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { pages } from './support/programs.js'

/** Links and images of a page that are neither addresses nor in code: where they lead, and to which heading. */
const linksOf = (markdown: string) =>
  [...withoutCode(markdown).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)/g)].map(([, file, heading]) => ({
    file: file!,
    heading,
  }))
const withoutCode = (markdown: string) => markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '')

const headingsOf = (markdown: string) =>
  [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text!
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )

test.each(pages)(
  '%s: every link leads to a file, in docs/ to one of the site, and to a heading that is there',
  (page) => {
    const dead = linksOf(readFileSync(page, 'utf8')).filter(({ file, heading }) => {
      const target = file === '' ? page : join(dirname(page), file)
      if (!existsSync(target) || (page.startsWith('docs/') && !target.startsWith('docs'))) return true
      return heading !== undefined && !headingsOf(readFileSync(target, 'utf8')).includes(heading)
    })
    expect(dead).toEqual([])
  },
)

test.each(pages)('%s: tests, benches and examples that it names are there', (page) => {
  const named = [...readFileSync(page, 'utf8').matchAll(/`[^`\n]*?\b((?:test|bench|examples)\/[\w./-]+)[^`\n]*`/g)]
  const paths = named.map(([, path]) => path!).filter((path) => path !== 'examples/sec')
  expect(paths.filter((path) => !existsSync(path))).toEqual([])
})

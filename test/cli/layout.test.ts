import { expect, test } from 'vitest'
import { cut, definitions, widthOf, wrap } from '../../src/cli/terminal/layout.js'
import { Output } from '../../src/cli/terminal/Output.js'

test('widths are those of a terminal', () => {
  const texts = ['abc', '日本', 'e\u0301', '👍🏽', '👨‍👩‍👧', '한국', '…']
  expect(texts.map(widthOf)).toEqual([3, 4, 1, 2, 2, 4, 1])
})

test('a text is cut between letters', () => {
  expect(cut('日本語', 5)).toBe('日本')
  expect(cut('ae\u0301x', 2)).toBe('ae\u0301')
  expect(cut('👨‍👩‍👧👨‍👩‍👧', 3)).toBe('👨‍👩‍👧')
  expect(cut('short', 80)).toBe('short')
})

test('words are wrapped as they are, and a long one has a line of its own', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrap('a incomprehensible b', 5)).toEqual(['a', 'incomprehensible', 'b'])
  // The name of a file is copied from the screen: composed letters are not the same file.
  expect(wrap('e\u0301te\u0301', 9)).toEqual(['e\u0301te\u0301'])
})

test('a very long label stands above its text', () => {
  const rows = [
    ['--a', 'one two'],
    ['--optimizer sgd|adam|adamw', 'three'],
  ] as const
  expect(definitions(rows, 30)).toEqual(['  --a  one two', '  --optimizer sgd|adam|adamw', '       three'])
})

test('what goes on takes one row of the terminal, in any script', () => {
  const written: string[] = []
  const stderr = { isTTY: true, columns: 12, write: (text: string) => written.push(text) }
  new Output({ stdout: stderr, stderr, env: {} }, false).status('日本語日本語日本語')
  expect(written).toEqual(['\r\u001b[K日本語日本'])
})

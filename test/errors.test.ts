import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FineTuneError, isFineTuneError } from '../src/errors.js'
import { onnxError } from '../src/onnx/errors.js'

test.each([
  ['letters', 'x'],
  ['characters that stand there as escapes', '\u001b'],
])('a message of many %s is cut, and one printable line', (_, character) => {
  const name = character.repeat(1e6)
  const { message } = onnxError('onnx/malformed', { problem: name })
  expect(message.length).toBeLessThan(2600)
  expect(message).toMatch(/^[\x20-\x7e]+\.\.\.$/)
})

test('an error carries its code, its facts, its text and its cause', () => {
  const cause = new Error('below')
  const error = onnxError('onnx/malformed', { problem: 'no graph', where: 'a.onnx' }, { cause })
  expect(error).toBeInstanceOf(FineTuneError)
  expect(error).toMatchObject({ code: 'onnx/malformed', facts: { problem: 'no graph', where: 'a.onnx' }, cause })
  expect(error.message).toBe('Not a valid ONNX model (a.onnx): no graph')
  expect(isFineTuneError(error, 'onnx/malformed') && error.facts.problem).toBe('no graph')
})

test('no two rooms have texts for one code', async () => {
  const rooms = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
    /[/\\]errors\.ts$/.test(file),
  )
  const codes = await Promise.all(
    rooms.map(async (file) =>
      Object.values(await import(`../src/${file}`)).flatMap((make) => (make as { codes: string[] }).codes),
    ),
  )
  expect(codes.flat().length).toBeGreaterThan(100)
  expect(new Set(codes.flat()).size).toBe(codes.flat().length)
})

import { expect, test } from 'vitest'
import { FineTuneError } from '../src/errors.js'

test.each([
  ['letters', 'x'],
  ['characters that stand there as escapes', '\u001b'],
])('a message of many %s is cut, and one printable line', (_, character) => {
  const name = character.repeat(1e6)
  const { message } = new FineTuneError('onnx/malformed', { problem: name })
  expect(message.length).toBeLessThan(2600)
  expect(message).toMatch(/^[\x20-\x7e]+\.\.\.$/)
})

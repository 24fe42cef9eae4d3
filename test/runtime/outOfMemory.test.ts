import { expect, test } from 'vitest'
import { dataError } from '../../src/data/errors.js'
import { runtimeError } from '../../src/runtime/errors.js'
import { isOutOfMemory, typedIfOutOfMemory } from '../../src/runtime/outOfMemory.js'
import { sessionError } from '../../src/session/errors.js'

const untouched = (problem: string) => runtimeError('session/run-failed', { model: 'm', runtime: 'r', problem })

test.each([
  'std::bad_alloc',
  'Non-zero status code returned while running Conv node. Status Message: bfc_arena.cc:360 Failed to allocate memory for requested buffer of size 134217728',
  'Array buffer allocation failed',
  'Invalid typed array length: 99999999999',
  'Invalid array length',
  'Out of memory',
  'Aborted(OOM). Cannot allocate Wasm memory: out of memory',
])('%s is a lack of memory', (message) => {
  const cause = new RangeError(message)
  const error = typedIfOutOfMemory(cause, 'a run of the training model', untouched)
  expect(error).toMatchObject({ code: 'session/out-of-memory', cause })
  expect(isOutOfMemory(error) && isOutOfMemory(cause)).toBe(true)
})

test('anything else is not, nor is an error that has a code already', () => {
  const shapes = new Error('Got invalid dimensions for input: x')
  expect(typedIfOutOfMemory(shapes, 'a run', untouched)).toMatchObject({ code: 'session/run-failed' })
  const named = dataError('data/unreadable', { source: 'out of memory.jpg', problem: 'Out of memory' })
  expect([isOutOfMemory(shapes), isOutOfMemory(named)]).toEqual([false, false])
  const died = (problem: string) => sessionError('session/worker-died', { problem })
  expect(isOutOfMemory(died('Worker terminated due to reaching memory limit: JS heap out of memory'))).toBe(true)
  expect(isOutOfMemory(died('The worker stopped with exit code 1'))).toBe(false)
})

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { RUNTIMES } from '../../src/platform/runtimes.js'
import { CONTROLS } from '../support/hostileNames.js'

/** A name in a model may be an order to the terminal. */
test.each(RUNTIMES)('what %s says of a model is in the error alone, and can be printed', async (runtime) => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['test/session/quiet.js', runtime])
  expect(stdout).toContain('The input tensor cannot be reshaped')
  expect(stdout).not.toMatch(CONTROLS)
  expect(stderr).toBe('')
})

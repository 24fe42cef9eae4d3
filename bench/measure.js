import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Runs a measurement of this folder in a process of its own and returns its line of JSON. An option `true` is a flag. */
export function measure(command, script, options, env = {}) {
  const args = Object.entries(options).flatMap(([key, value]) =>
    value === true ? [`--${key}`] : [`--${key}`, `${value}`],
  )
  const output = execFileSync(command, [join(import.meta.dirname, script), ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  return JSON.parse(output.trim().split('\n').at(-1))
}

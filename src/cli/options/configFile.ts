import { readFile } from 'node:fs/promises'
import { cliError } from '../errors.js'

/** An entry of a config file, with its place: `train.json:7: "epochs"`. */
export interface ConfigEntry {
  readonly value: unknown
  readonly place: string
}

/**
 * Reads the entries of a config file: one JSON object.
 *
 * @throws FineTuneError 'cli/bad-config' for a file that cannot be read, is not one JSON object or has a key twice; it
 *   names the line
 */
export async function readConfig(path: string): Promise<Map<string, ConfigEntry>> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw cliError('cli/bad-config', { file: path, problem: cause.message }, { cause })
  })
  const value = parse(path, text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw cliError('cli/bad-config', { file: path, line: 1, problem: 'it must hold one JSON object' })
  const lines = linesOfKeys(text)
  const twice = lines.find(({ key }, i) => lines.findIndex((other) => other.key === key) < i)
  if (twice) {
    const problem = `"${twice.key}" is there twice`
    throw cliError('cli/bad-config', { file: path, line: twice.line, problem })
  }
  const entries: Readonly<Record<string, unknown>> = { ...value }
  return new Map(lines.map(({ key, line }) => [key, { value: entries[key], place: `${path}:${line}: "${key}"` }]))
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { message } = cause as Error
    // The message of V8 has the position, except at the end of the text.
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.length)
    const problem = `it is not JSON: ${message}`
    throw cliError('cli/bad-config', { file: path, line: lineAt(text, position), problem }, { cause })
  }
}

/** Finds the keys of the outermost object of a valid JSON text, with their lines, from 1. */
function linesOfKeys(text: string): { key: string; line: number }[] {
  const keys: { key: string; line: number }[] = []
  let depth = 0
  for (const { 0: token, 1: key, index } of text.matchAll(
    /("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g,
  )) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (key && depth === 1) keys.push({ key: JSON.parse(key), line: lineAt(text, index) })
  }
  return keys
}

const lineAt = (text: string, position: number): number => text.slice(0, position).split('\n').length

/**
 * Finds the first key that occurs twice in an object of a valid JSON text. `JSON.parse` silently keeps the last of such
 * keys, so two tensors of one name would become one.
 */
export function findDuplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  for (const [token, text, colon] of json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (colon && text) {
      const [key, keys] = [JSON.parse(text) as string, open.at(-1)]
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}

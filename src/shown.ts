/** The most characters, and items of a list, that a message quotes of a value. */
const [MOST_CHARACTERS, MOST_ITEMS] = [200, 16]

/** Formats a value of unknown origin for a message, on one line, however large, broken or hostile it is. */
export function shown(value: unknown): string {
  try {
    const named = nameOf(value)
    return shortened(named ?? JSON.stringify(value, (_, inner) => nameOf(inner) ?? excerpt(inner)))
  } catch {
    return 'an object that cannot be read'
  }
}

/** Names values that JSON has no form for. */
function nameOf(value: unknown): string | undefined {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value)
  if (typeof value === 'undefined' || typeof value === 'symbol') return String(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'toJSON' in value) return undefined
  if ([Object.prototype, null].includes(Object.getPrototypeOf(value))) return undefined
  const name = String(value.constructor?.name || 'object')
  return ArrayBuffer.isView(value) ? `${name} of ${value.byteLength} bytes` : `an object of ${name}`
}

function excerpt(value: unknown): unknown {
  if (typeof value === 'string') return shortened(value)
  if (!Array.isArray(value) || value.length <= MOST_ITEMS) return value
  return [...value.slice(0, MOST_ITEMS), `${value.length} in all`]
}

const shortened = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}...` : text

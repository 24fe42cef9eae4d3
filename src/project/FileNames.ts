import { DEVICE } from '../io/zip/demandInside.js'

/** The most characters of a name: systems take 255 bytes, and a character may have four. */
const LONGEST = 60

/**
 * Names of files and folders that every system takes, and that differ within their folder whether or not a system
 * distinguishes upper case.
 */
export class FileNames {
  readonly #taken = new Map<string, Set<string>>()

  /**
   * Returns a name like the wanted one that is not taken in the folder.
   *
   * @param extension the end of the name of a file; a folder has none
   */
  take(folder: string, wanted: string, extension = ''): string {
    const taken = this.#taken.get(folder) ?? new Set()
    this.#taken.set(folder, taken)
    const stem = safe(wanted)
    for (let i = 1; ; i++) {
      const name = `${stem}${i > 1 ? ` (${i})` : ''}${extension}`
      const key = name.normalize('NFC').toLowerCase()
      if (taken.has(key)) continue
      taken.add(key)
      return name
    }
  }
}

/** Replaces the characters that a system does not take, and what it reads as a device or hides. */
function safe(wanted: string): string {
  const wellFormed = new TextDecoder().decode(new TextEncoder().encode(wanted))
  const characters = [...wellFormed.replaceAll(/[\p{Cc}<>:"/\\|?*]/gu, '_')].slice(0, LONGEST)
  const name = characters
    .join('')
    .replace(/^\.+/, '_')
    .replace(/[. ]+$/, '_')
  return name === '' || DEVICE.test(name) ? `_${name}` : name
}

const EXTENSION = /\.(jpe?g|png|gif|bmp|tiff?|webp)$/i

/** Splits the last part of a path or URL: its name, and the extension if it is one of images. */
export function nameOf(source: string): { readonly stem: string; readonly extension: string } {
  // A single letter is a drive of Windows.
  const isAddress = /^[a-z][a-z+.-]+:/i.test(source)
  const last = (isAddress ? source.replace(/[?#].*$/s, '') : source).split(/[/\\]/).at(-1)!
  const name = isAddress ? decoded(last) : last
  const extension = EXTENSION.exec(name)?.[0] ?? ''
  return { stem: extension ? name.slice(0, -extension.length) : name, extension }
}

/** Decodes the escapes of an address (%20). */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

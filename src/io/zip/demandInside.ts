import { ZipError } from './ZipError.js'

/** The names that Windows reads as devices, whatever their extension. */
export const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³]) *(\..*)?$/i

/**
 * Checks that a path stays below the directory on every system: "zip slip" is an entry named ../../somewhere.
 *
 * @param platform 'win32' also refuses the names that Windows changes or reads as devices
 * @throws ZipError
 */
export function demandInside(name: string, platform = 'any'): void {
  const parts = name.replace(/\/$/, '').split('/')
  // Windows drops dots and spaces at the end, and so changes these names.
  const isForWindows = (part: string) => !DEVICE.test(part) && !/[. ]$/.test(part)
  const isSafe = (part: string) =>
    /[^. ]/.test(part) && !/[\\:\0]/.test(part) && (platform !== 'win32' || isForWindows(part))
  if (!parts.every(isSafe)) throw new ZipError(`its entry ${JSON.stringify(name)} would lie outside the directory`)
}

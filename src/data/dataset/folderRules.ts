import * as z from 'zod'
import type { FineTuneError } from '../../errors.js'
import { dataError } from '../errors.js'

/** The endings of names that count as images, in lower case. */
export const IMAGE_EXTENSIONS = ['.jpg', '.jpeg', '.png', '.gif', '.bmp', '.tif', '.tiff', '.webp']

export const extensionsSchema = z
  .array(z.string().regex(/^\.[^./\\]+$/, "a file name ending such as '.jpg'"))
  .min(1)
  .default(IMAGE_EXTENSIONS)
  .transform((endings) => endings.map((ending) => ending.toLowerCase()))

/** Tells whether a path ends in one of the extensions, in any case; a dot at its start begins none. */
export const isImageName = (path: string, extensions: readonly string[]): boolean =>
  extensions.includes((/[^/\\](\.[^./\\]*)$/.exec(path)?.[1] ?? '').toLowerCase())

/** Tells whether a file or folder of this name is ignored. */
export const isHidden = (name: string): boolean => name.startsWith('.')

export type FolderProblem = FineTuneError<'dataset/unsupported-file' | 'dataset/empty-class'>

/** Lists the images among the files of a class, and the problems: other files, or no image at all. */
export function imagesOfClass(
  name: string,
  directory: string,
  files: readonly string[],
  extensions: readonly string[],
): { readonly sources: readonly string[]; readonly problems: readonly FolderProblem[] } {
  const sources = files.filter((path) => isImageName(path, extensions))
  const problems: FolderProblem[] = files
    .filter((path) => !isImageName(path, extensions))
    .map((path) => dataError('dataset/unsupported-file', { path, extensions }))
  if (sources.length === 0) problems.push(dataError('dataset/empty-class', { class: name, directory, extensions }))
  return { sources, problems }
}

/**
 * Compares strings as Python does, by code points: the order of their UTF-8 bytes. That of UTF-16 differs, where pairs
 * of surrogates stand for the highest.
 */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const [SURROGATES, AFTER] = [0xd800, 0xe000]
const rank = (unit: number): number => (unit >= SURROGATES && unit < AFTER ? unit + 0x10000 : unit)

import type { ClassEntry, ImageEntry } from './types.js'

/** One image in five is for validation. */
const EVERY = 5

/**
 * Decides for images without a split whether they train or validate: about a fifth of each class validates, at least
 * one image. An image keeps its split, so that results before and after a change can be compared.
 *
 * @returns the images whose split is new
 */
export function assignSplits(classes: readonly ClassEntry[], images: readonly ImageEntry[]): ImageEntry[] {
  return classes.flatMap(({ id }) => {
    const own = images.filter(({ classId }) => classId === id)
    const fresh = own.filter(({ split }) => split === undefined)
    const wanted = Math.max(Math.round(own.length / EVERY), 1)
    const missing = Math.max(wanted - own.filter(({ split }) => split === 'validation').length, 0)
    const stride = fresh.length / Math.max(missing, 1)
    const chosen = new Set(Array.from({ length: missing }, (_, i) => Math.floor((i + 0.5) * stride)))
    return fresh.map((image, i) => ({ ...image, split: chosen.has(i) ? ('validation' as const) : ('train' as const) }))
  })
}

import * as z from 'zod'
import type { Reading } from './operations.js'
import { colorOf, type Fill, type Interpolation } from './options.js'

/** The options that all augmentation policies have. */
export interface ReadingOptions {
  interpolation?: Interpolation | undefined
  fill?: Fill | undefined
}

export const readingOf = (options: { interpolation: Interpolation; fill: Fill }): Reading => ({
  interpolation: options.interpolation,
  fill: colorOf(options.fill),
})

/** The number of levels of magnitude. */
export const levels = z.number().int().min(2).max(1000)

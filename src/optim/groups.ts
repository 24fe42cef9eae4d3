import * as z from 'zod'
import { checkOptions, defined } from '../options.js'

/** The settings that every optimizer's groups share. */
export const groupBase = {
  name: z.string().min(1),
  params: z.array(z.string().min(1)).min(1),
  lr: z.number().min(0),
}

/** Returns the schema of a list of groups: at least one, with unique names. */
export function groupsOf<S extends z.ZodType<{ name: string }>>(group: S) {
  return z
    .array(group)
    .min(1)
    .refine((groups) => new Set(groups.map(({ name }) => name)).size === groups.length, {
      error: 'groups of different names',
    })
}

const listed = z.array(z.looseObject({}))

/** Fills in the defaults of the optimizer in groups. */
export const filledIn = (groups: unknown, defaults: object, of: string): unknown =>
  checkOptions(listed, groups, of).map((group) => ({ ...defaults, ...defined(group) }))

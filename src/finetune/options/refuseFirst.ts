import type * as z from 'zod'

/** An option that cannot be with others, when, and what is possible instead. */
export type Refusal<Run> = readonly [option: string, isRefused: (run: Run) => boolean, expected: string]

/** Adds the first reason why a run cannot have its options. */
export function refuseFirst<Run>(refusals: readonly Refusal<Run>[], run: Run, context: z.core.$RefinementCtx): void {
  const refused = refusals.find(([, isRefused]) => isRefused(run))
  if (refused) context.addIssue({ code: 'custom', path: [refused[0]], message: refused[2] })
}

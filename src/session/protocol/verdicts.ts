/** The result of a self-test: the problem, or null if it was passed. */
export type Verdict = readonly [tested: string, problem: string | null]

/** The results of the self-tests in this process, as far as this thread knows. */
const verdicts = new Map<string, string | null>()

export const knownVerdicts = (): readonly Verdict[] => [...verdicts]

/** Takes over the results that another thread knows. */
export function learnVerdicts(known: readonly Verdict[]): void {
  for (const [tested, problem] of known) verdicts.set(tested, problem)
}

/** Returns the known result of a test, or makes it. */
export async function verdictOf(tested: string, test: () => Promise<string | undefined>): Promise<string | undefined> {
  const known = verdicts.get(tested)
  if (known !== undefined) return known ?? undefined
  const problem = await test()
  verdicts.set(tested, problem ?? null)
  return problem
}

/** How much property tests look at: `FUZZ_RUNS=10000` looks longer, `FUZZ_SEED=2` elsewhere. */
export const fuzz = (runs: number): { readonly numRuns: number; readonly seed: number } => ({
  numRuns: Number(process.env.FUZZ_RUNS ?? runs),
  seed: Number(process.env.FUZZ_SEED ?? 1),
})

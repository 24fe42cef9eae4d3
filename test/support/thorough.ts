/** True if `TESTS=all` asks for what the gate has no time for, as before a release: others cover it in the main. */
export const thorough = globalThis.process?.env.TESTS === 'all'

import { defaultProviders, findProviders } from '#platform'
import {
  type ExecutionProvider,
  type ExecutionProviders,
  isProcessor,
  nameOfProvider,
  type RuntimeName,
  type TriedProvider,
} from '../platform/runtimes.js'
import { runtimeError } from './errors.js'
import { openRuntime, type Runtime } from './runtime.js'

/** The runtime that computes, and the providers that were tried before it. */
export interface ChosenRuntime {
  readonly runtime: Runtime
  readonly tried: readonly TriedProvider[]
}

export interface Choice {
  readonly runtime?: RuntimeName | undefined
  readonly executionProviders?: ExecutionProviders | undefined
  readonly threads?: number | undefined
}

/** Returns the problem of a runtime that must not be used, or undefined. */
export type RuntimeTest = (runtime: Runtime, provider: ExecutionProvider) => Promise<string | undefined>

/**
 * Opens ONNX Runtime with the first execution provider that passes the test. The processor is what others are compared
 * with, and is not tested.
 *
 * @throws FineTuneError 'session/no-provider' if none of a list does, 'session/no-runtime', 'session/runtime-version'
 */
export async function chooseRuntime(choice: Choice, test: RuntimeTest): Promise<ChosenRuntime> {
  const { runtime: name, executionProviders = defaultProviders, threads } = choice
  if (executionProviders === 'auto') {
    const { providers, refused } = await findProviders(name)
    const tested = await firstOf(providers, { name, threads }, test)
    const tried = [...refused, ...tested.tried]
    return { runtime: tested.runtime ?? (await openRuntime(name, { threads })), tried }
  }
  // The default is a name of Node's runtime; each has its own for the processor.
  if (choice.executionProviders === undefined) return { runtime: await openRuntime(name, { threads }), tried: [] }
  const { runtime, tried } = await firstOf(executionProviders, { name, threads }, test)
  if (!runtime) throw runtimeError('session/no-provider', { tried })
  return { runtime, tried }
}

async function firstOf(
  providers: readonly ExecutionProvider[],
  { name, threads }: { name: RuntimeName | undefined; threads: number | undefined },
  test: RuntimeTest,
): Promise<{ runtime?: Runtime; tried: TriedProvider[] }> {
  const tried: TriedProvider[] = []
  for (const provider of providers) {
    const runtime = await openRuntime(name, { threads, executionProviders: [provider] })
    const problem = isProcessor(provider) ? undefined : await test(runtime, provider)
    if (problem === undefined) return { runtime, tried }
    tried.push({ provider: nameOfProvider(provider), problem })
  }
  return { tried }
}

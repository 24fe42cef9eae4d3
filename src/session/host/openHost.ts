import { chooseTarget } from '../../runtime/chooseTarget.js'
import { openerFor } from '../../runtime/resultsInPlace.js'
import type { HostOptions } from '../protocol/HostCalls.js'
import { openTestedRuntime } from './openTestedRuntime.js'
import { TrainingHost } from './TrainingHost.js'

/**
 * Opens a training session on the runtime that its options ask for.
 *
 * @throws FineTuneError 'session/no-provider', 'session/no-runtime', 'session/runtime-version'
 */
export async function openHost({ artifacts, target: wanted, ...choice }: HostOptions): Promise<TrainingHost> {
  const { runtime, tried } = await openTestedRuntime(choice, wanted)
  const target = wanted ?? (await chooseTarget(runtime))
  const { name, provider, adapter } = runtime
  const report = { runtime: name, provider, target, tried, ...(adapter && { adapter }) }
  return new TrainingHost(artifacts, { report, runtime, open: await openerFor(runtime) })
}

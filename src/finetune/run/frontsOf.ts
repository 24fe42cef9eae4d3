import type { LoaderOptions } from '../../data/loader/loaderOptions.js'
import type { Model } from '../../model/Model.js'
import type { Graph } from '../../onnx/graph/graph.js'
import type { NetworkInput } from '../batches/networkInput.js'
import { type FrontNews, FrozenFront } from '../features/FrozenFront.js'
import type { FeaturePlan } from '../features/planFeatures.js'
import type { CheckedOptions } from '../options/options.js'
import { calibrationLoaders } from './calibrationLoaders.js'
import { openSession } from './openSession.js'

/** The frozen front for training images, and for those of validation: the same, if both are computed in float32. */
export interface Fronts {
  readonly train: FrozenFront
  readonly validation: FrozenFront
}

/** Returns the fronts of a run. They are opened when features are computed. */
export function frontsOf(model: Model, network: NetworkInput, plan: FeaturePlan, options: CheckedOptions): Fronts {
  const { features, precision } = plan
  const names = features.map(({ name }) => name)
  // A front is never trained: its loss is any that takes the classes.
  const loss = { type: 'crossEntropy', reduction: 'mean' } as const
  const open = (graph: Graph, outputs: readonly string[], on = options) =>
    openSession(graph, model, on, { outputs, loss })
  const validation = new FrozenFront(() => open(network.graph, names), network.name, names)
  if (precision === 'float32') return { train: validation, validation }
  // Only the processor has int8 kernels.
  const openOnProcessor = (graph: Graph, outputs: readonly string[]) =>
    open(graph, outputs, { ...options, executionProviders: ['cpu'] })
  const int8 = { network: network.graph, input: network.name, features, openSession: openOnProcessor }
  const openInt8 = async (report: (news: FrontNews) => void) => {
    // Loaded when it is needed: few runs compute in int8. It imports no loaders, which would cut pages in more parts.
    const { openInt8Front } = await import('./openInt8Front.js')
    const loaders = calibrationLoaders(network.views[0] as LoaderOptions['transform'], options)
    try {
      return await openInt8Front(int8, loaders, report)
    } finally {
      await Promise.all([loaders.calibration.close(), loaders.comparison.close()])
    }
  }
  return { train: new FrozenFront(openInt8, network.name, names), validation }
}

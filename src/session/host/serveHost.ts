import { typedIfOutOfMemory } from '../../runtime/outOfMemory.js'
import type { Handlers } from '../../threads/methods.js'
import { Transferred } from '../../threads/methods.js'
import { serveParent } from '../../threads/serveParent.js'
import type { HostCalls, HostStepOptions, StepResult, Tensors } from '../protocol/HostCalls.js'
import { buffersOf, checkpointBuffers, discard } from '../protocol/transfer.js'
import { knownVerdicts, learnVerdicts } from '../protocol/verdicts.js'
import { openHost } from './openHost.js'
import type { TrainingHost } from './TrainingHost.js'

/** The host in this thread, which hosts ONNX Runtime. The first call opens it. */
let host: TrainingHost

const handlers: Handlers<HostCalls> = {
  async open([options, known]) {
    learnVerdicts(known)
    host = await openHost(options)
    discard(checkpointBuffers(options.artifacts.checkpoint))
    return { facts: host.facts, verdicts: knownVerdicts() }
  },
  trainStep: ([feeds, options]) => step(feeds, options, host.trainStep(feeds, options.mustBeFinite)),
  updateStep: ([feeds, options]) =>
    step(feeds, options, host.updateStep(feeds, options.learningRates, options.mustBeFinite)),
  evalStep: ([feeds, options]) => step(feeds, options, host.evalStep(feeds, options.averages)),
  optimizerStep: ([options]) => host.optimizerStep(options),
  lazyResetGrad: () => host.lazyResetGrad(),
  getParameters: async ([names]) => transferred(await host.getParameters(names)),
  setParameters: ([parameters]) => host.setParameters(parameters),
  async getCheckpoint() {
    const checkpoint = await host.getCheckpoint()
    return new Transferred(checkpoint, checkpointBuffers(checkpoint))
  },
  shareGradients: ([memory]) => host.shareGradients(memory),
  takeGradients: ([memories]) => host.takeGradients(memories),
  setState: ([parameters, optimizerGroups]) => host.setState(parameters, optimizerGroups),
  getGradients: async ([names]) => transferred(await host.getGradients(names)),
  startAverages: ([from]) => host.averages.start(from),
  updateAverages: ([share]) => host.averages.update(share),
  getAverages: async ([names]) => transferred(await host.averages.get(names)),
  release: async () => host?.release(),
}

/** Serves the calls to the host of this thread. */
export const serveHost = (): void => void serveParent<HostCalls>({ handlers: withMemoryErrors(handlers), atOnce: 1 })

async function step(feeds: Tensors, { returnBuffers }: HostStepOptions, computed: Promise<Tensors>) {
  const outputs = await computed
  const buffers = returnBuffers ? buffersOf(feeds) : []
  return new Transferred<StepResult>({ outputs, buffers }, [...buffersOf(outputs), ...buffers])
}

const transferred = (tensors: Tensors) => new Transferred(tensors, buffersOf(tensors))

/** Adds the error for a lack of memory, which any method may have. */
function withMemoryErrors<M>(methods: Handlers<M>): Handlers<M> {
  type Handler = (args: unknown, signal: AbortSignal) => unknown
  const typed = ([name, handler]: [string, Handler]): [string, Handler] => [
    name,
    async (args, signal) => {
      try {
        return await handler(args, signal)
      } catch (error) {
        throw typedIfOutOfMemory(error, name, () => error)
      }
    },
  ]
  return Object.fromEntries(Object.entries<Handler>(methods as Record<string, Handler>).map(typed)) as Handlers<M>
}

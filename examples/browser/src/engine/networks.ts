import { type Backbone, loadBackbone } from 'onnx-finetune'
import smallNetwork from '../../../hotdog/backbone/backbone.safetensors?url'
import type { NetworkName } from '../state/types.js'
import type { Context } from './engine.worker.js'

/** Loads a pretrained network: the small one lies beside this page, ResNet-18 is downloaded once. */
export async function loadNetwork(name: NetworkName, { report, signal }: Context): Promise<Backbone> {
  if (name === 'small') {
    const response = await fetch(smallNetwork, { signal })
    if (!response.ok) throw new Error(`The network could not be loaded (${response.status}).`)
    const weights = new Uint8Array(await response.arrayBuffer())
    return loadBackbone('resnet18', { width: 16, imageSize: 64, weights })
  }
  return loadBackbone('resnet18', {
    weights: 'IMAGENET1K_V1',
    signal,
    onProgress: (event) => {
      if (event.type === 'download') report({ type: 'download', share: event.received / (event.total ?? Infinity) })
    },
  })
}

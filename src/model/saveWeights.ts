import { int64, type Tensor } from '../onnx/tensor.js'
import { writeSafetensors } from '../weights/writeSafetensors.js'
import type { Model } from './Model.js'

/**
 * The weights as the bytes of a safetensors file that torchvision takes:
 * `torchvision.models.resnet18(num_classes=2).load_state_dict(load_file('hotdog.safetensors'))`.
 * Its metadata holds the architecture and the class names (a JSON list), so `loadBackbone` reads it back whole.
 * Torch counts batches beside the running statistics and uses the count only without a momentum: it is 0 here.
 */
export function saveWeights(model: Model): Uint8Array {
  const tensors = new Map<string, Tensor>()
  for (const name of [...model.parameters, ...model.buffers]) tensors.set(name, model.get(name))
  for (const name of model.buffers)
    if (name.endsWith('.running_mean'))
      tensors.set(name.replace(/running_mean$/, 'num_batches_tracked'), int64([0], []))
  const metadata = new Map([
    ['format', 'pt'],
    ['architecture', model.architecture],
    ['classes', JSON.stringify(model.classes)],
  ])
  return writeSafetensors(tensors, metadata)
}

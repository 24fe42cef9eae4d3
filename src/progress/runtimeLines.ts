import type { RuntimeEvent } from '../finetune/record/events.js'

/**
 * Returns lines about the choice of an execution provider: `webgpu is not used: it computes logits wrong: off by 20 %`,
 * `computes with cpu (onnxruntime-node)`.
 */
export function runtimeLines({ runtime, provider, adapter, tried }: RuntimeEvent): string[] {
  return [
    ...tried.map((refused) => `${refused.provider} is not used: ${refused.problem}`),
    `computes with ${provider} (${[runtime, adapter].filter(Boolean).join(', ')})`,
  ]
}

import type { ResumedEvent } from '../finetune/record/events.js'

/**
 * Returns lines about the place where a run resumes, and about the differences from the run before:
 * `goes on from run/step-00000012.safetensors: epoch 2, 3 of 40 steps done`.
 */
export function resumedLines({ file, epoch, step, stepsPerEpoch, differences, broken }: ResumedEvent): string[] {
  return [
    ...broken.map((newer) => `${newer.file} cannot be read: ${newer.problem}`),
    `goes on from ${file}: epoch ${epoch}, ${step} of ${stepsPerEpoch} steps done`,
    ...(differences.length > 0
      ? [`by rounding, weights may differ from an unbroken run's: ${differences.join('; ')}`]
      : []),
  ]
}

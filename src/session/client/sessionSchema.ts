import * as z from 'zod'
import type { TrainingArtifacts } from '../../artifacts/TrainingArtifacts.js'
import { targetNames } from '../../lowering/targets.js'
import { type ExecutionProvider, isExecutionProvider, RUNTIMES } from '../../platform/runtimes.js'

const bytes = z.instanceof(Uint8Array)
const models = z.object({
  trainingModel: bytes,
  evalModel: bytes,
  optimizerModel: bytes,
  checkpoint: z.object({
    parameters: z.instanceof(Map),
    optimizerGroups: z.array(z.unknown()),
    properties: z.instanceof(Map),
  }),
})
export const sessionSchema = z.strictObject({
  artifacts: z.custom<TrainingArtifacts>((value) => models.safeParse(value).success, {
    error: 'training artifacts, as generateArtifacts makes them',
  }),
  runtime: z.enum(RUNTIMES).optional(),
  executionProviders: z
    .array(z.custom<ExecutionProvider>(isExecutionProvider, { error: 'a name or { name, ... }' }))
    .min(1)
    .optional(),
  threads: z.number().int().min(1).optional(),
  target: z.enum(targetNames).optional(),
  signal: z.instanceof(AbortSignal).optional(),
})

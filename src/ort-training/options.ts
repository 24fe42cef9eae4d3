import { z } from 'zod'
import type { Target } from '../lowering/targets.js'
import type { Schedule } from '../optim/schedules.js'
import { checkOptions } from '../options.js'
import type { ExecutionProvider, RuntimeName } from '../platform/runtimes.js'
import type { TrainingSessionOptions } from '../session/client/TrainingSession.js'

/** The options of onnxruntime-web's sessions. Those that are not listed here are accepted and have no effect. */
export interface SessionOptions {
  /** Handed to ONNX Runtime as they are. Default, and what `['wasm']` and `['cpu']` mean: the CPU. */
  readonly executionProviders?: readonly ExecutionProvider[] | undefined
  /** Threads that compute one operator. Default: one for each processor that this process may use. */
  readonly intraOpNumThreads?: number | undefined
  /** Default: onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly runtime?: RuntimeName | undefined
  /** Which operators and strategies the lowered graphs use. Default: that of the runtime. */
  readonly target?: Target | undefined
  /** Aborting it ends the session: whatever waits is rejected with its reason at once, and so is every later call. */
  readonly signal?: AbortSignal | undefined
  /** Of every parameter group. Default: that of the checkpoint, or of the group; official files begin with 0.001. */
  readonly learningRate?: number | undefined
  /** By what the learning rates are multiplied at each optimizer step, counted from 0. Default: always 1. */
  readonly schedule?: Schedule | undefined
  /**
   * Whether batch normalization in train mode updates its running statistics, as PyTorch does, where official files leave
   * them as they were. Files of `generateArtifacts` always do. Default: false.
   */
  readonly updateRunningStatistics?: boolean | undefined
  readonly [official: string]: unknown
}

/** What the engine is told. */
export type EngineOptions = Omit<TrainingSessionOptions, 'artifacts'>

/** @throws 'options/invalid' */
export function checkSessionOptions(options: SessionOptions) {
  const { executionProviders, intraOpNumThreads, runtime, target, signal, ...own } = checkOptions(
    schema,
    options,
    'TrainingSession.create',
  )
  const onlyCpu = executionProviders?.every((provider) => provider === 'wasm' || provider === 'cpu')
  const engine: EngineOptions = {
    threads: intraOpNumThreads || undefined,
    executionProviders: onlyCpu ? undefined : executionProviders,
    runtime,
    target,
    signal,
  } as EngineOptions
  return { engine, signal, ...own }
}

export const rate = z.number().min(0)
export const schedule = z.custom<Schedule>((value) => typeof value === 'function', { error: 'a function' })

/** The rest of the official options tune a runtime that is another one here. */
const unused = z.unknown().optional()
const schema = z.strictObject({
  executionProviders: z
    .array(
      z.custom<ExecutionProvider>(
        (value) => typeof value === 'string' || typeof (value as { name?: unknown } | null)?.name === 'string',
        { error: 'a name or { name, ... }' },
      ),
    )
    .optional(),
  intraOpNumThreads: z.number().int().min(0).optional(),
  runtime: z.unknown().optional(),
  target: z.unknown().optional(),
  signal: z.instanceof(AbortSignal).optional(),
  learningRate: rate.optional(),
  schedule: schedule.optional(),
  updateRunningStatistics: z.boolean().default(false),
  enableCpuMemArena: unused,
  enableGraphCapture: unused,
  enableMemPattern: unused,
  enableProfiling: unused,
  executionMode: unused,
  externalData: unused,
  extra: unused,
  freeDimensionOverrides: unused,
  graphOptimizationLevel: unused,
  interOpNumThreads: unused,
  logId: unused,
  logSeverityLevel: unused,
  logVerbosityLevel: unused,
  optimizedModelFilePath: unused,
  preferredOutputLocation: unused,
  profileFilePrefix: unused,
})

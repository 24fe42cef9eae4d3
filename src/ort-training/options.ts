import * as z from 'zod'
import type { Target } from '../lowering/targets.js'
import type { Schedule } from '../optim/schedules.js'
import { checkOptions } from '../options.js'
import type { ExecutionProvider, RuntimeName } from '../platform/runtimes.js'
import type { TrainingEngineOptions } from '../session/client/TrainingEngine.js'

/** The options of onnxruntime-web's sessions. Options that are not listed here are accepted and have no effect. */
export interface SessionOptions {
  /** Passed to ONNX Runtime unchanged. Default, and the meaning of `['wasm']` and `['cpu']`: the CPU. */
  readonly executionProviders?: readonly ExecutionProvider[] | undefined
  /** Threads that compute one operator. Default: one for each processor that this process may use. */
  readonly intraOpNumThreads?: number | undefined
  /** The ONNX Runtime package. Default: onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly runtime?: RuntimeName | undefined
  /** The target that the graphs are lowered for. Default: that of the runtime. */
  readonly target?: Target | undefined
  /** Aborting it ends the session: pending calls and every later one are rejected with its reason at once. */
  readonly signal?: AbortSignal | undefined
  /**
   * The learning rate of every parameter group. Default: that of the checkpoint, or of the group; 0.001 in official
   * files.
   */
  readonly learningRate?: number | undefined
  /**
   * The function that returns the factor of the learning rates at each optimizer step, counted from 0. Default: always
   * 1.
   */
  readonly schedule?: Schedule | undefined
  /**
   * True if batch normalization in train mode updates its running statistics, as PyTorch does, where official files
   * leave them unchanged. Files of `generateArtifacts` always do.
   * @default false
   */
  readonly updateRunningStatistics?: boolean | undefined
  readonly [official: string]: unknown
}

/** The options of the engine. */
export type EngineOptions = Omit<TrainingEngineOptions, 'artifacts'>

/** Checks the options of a session. @throws FineTuneError 'options/invalid' */
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

/** The rest of the official options, which tune another runtime. */
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

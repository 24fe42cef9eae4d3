import * as z from 'zod'

export interface RedisOptions {
  /** The address: `redis://host:6379`, or `rediss://user:password@host:6380/0` with TLS. */
  readonly url: string
  /** The beginning of all keys: clusters of different prefixes do not see each other. @default 'onnx-finetune' */
  readonly prefix?: string | undefined
}

/** The schema of `RedisOptions`, to be extended. */
export const redisShape = {
  url: z.string().regex(/^rediss?:\/\/[^/]/, 'an address that begins with redis:// or rediss://'),
  prefix: z
    .string()
    .regex(/^[^:{}]+$/, 'text without colons and braces')
    .default('onnx-finetune'),
}

/** The name of the queue, which all kinds of jobs share. */
export const QUEUE = 'jobs'

/** The data of a job in the queue. */
export interface QueuedJob {
  readonly input: unknown
  /** The error of the last attempt, as `errorToPlain` makes it. */
  readonly error?: unknown
}

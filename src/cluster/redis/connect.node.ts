import type { Redis } from 'ioredis'
import { type FineTuneError, isFineTuneError } from '../../errors.js'
import { clusterError } from '../errors.js'

/** The packages of the queue, which are installed by those who use it. */
export interface QueuePackages {
  readonly bullmq: Pick<typeof import('bullmq'), 'Queue' | 'QueueEvents' | 'Worker' | 'UnrecoverableError'>
  readonly ioredis: Pick<typeof import('ioredis'), 'Redis'>
}

/** Imports the packages of the queue. @throws FineTuneError 'cluster/no-queue' */
export async function importQueue(): Promise<QueuePackages> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')])
    return { bullmq, ioredis }
  } catch (cause) {
    throw clusterError('cluster/no-queue', { problem: (cause as Error).message }, { cause })
  }
}

/** The oldest version that BullMQ recommends, which has the commands that its queues are fastest with. */
const LEAST = '6.2.0'

/**
 * Connects to Redis, and checks that it is fit for a queue. A connection that is lost later is made again, for as long as
 * it takes; commands wait for it.
 *
 * @throws FineTuneError 'cluster/no-redis', 'cluster/old-redis', 'cluster/evicting-redis'
 */
export async function connect(url: string, { ioredis }: QueuePackages): Promise<Redis> {
  const redis = new ioredis.Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(100 * 2 ** times, 3000),
  })
  let problem: Error | undefined
  redis.on('error', (error: Error) => (problem = error))
  try {
    await redis.connect()
    checkServer(await redis.info(), withoutPassword(url))
    return redis
  } catch (error) {
    redis.disconnect()
    if (isFineTuneError(error)) throw error
    throw noRedis(url, problem ?? error)
  }
}

function noRedis(url: string, cause: unknown): FineTuneError {
  const problem = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : String(cause)
  return clusterError('cluster/no-redis', { url: withoutPassword(url), problem: problem ?? 'no answer' }, { cause })
}

/** Checks what INFO tells of a server. */
export function checkServer(info: string, url: string): void {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1]
  const version = field('redis_version')
  if (version && isOlder(version, LEAST)) throw clusterError('cluster/old-redis', { url, version, least: LEAST })
  const policy = field('maxmemory_policy')
  if (policy && policy !== 'noeviction') throw clusterError('cluster/evicting-redis', { url, policy })
}

function isOlder(version: string, least: string): boolean {
  const [given, wanted] = [version, least].map((text) => text.split('.').map(Number)) as [number[], number[]]
  const at = wanted.findIndex((part, i) => part !== (given[i] ?? 0))
  return at >= 0 && (given[at] ?? 0) < wanted[at]!
}

/** Returns an address for messages, without the password in it. */
export function withoutPassword(url: string): string {
  try {
    const { protocol, host } = new URL(url)
    return `${protocol}//${host}`
  } catch {
    return 'the given address'
  }
}

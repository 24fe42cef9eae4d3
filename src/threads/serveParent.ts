import { workerPort } from '#platform'
import { connect, type Offer } from './connect.js'
import type { PendingCalls } from './PendingCalls.js'

/**
 * Answers, inside a worker, the calls of the thread that started it.
 *
 * @returns the calls to that thread
 */
export const serveParent = <Ours, Theirs = object>(offer: Offer<Ours>): PendingCalls<Theirs> =>
  connect<Theirs, Ours>(workerPort(), offer)

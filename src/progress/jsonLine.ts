import { isFineTuneError } from '../errors.js'
import { printable } from '../printable.js'
import type { AutomaticEvent } from '../recipe/events.js'

/**
 * Formats an event as one line of JSON. Numbers that JSON does not have (a loss of NaN) become null, errors of skipped
 * images `{ code, message }`; the predictions of validation steps are left out.
 */
export const jsonLine = (event: AutomaticEvent): string => printable(JSON.stringify(event, plain))

function plain(key: string, value: unknown): unknown {
  if (key === 'predictions') return undefined
  return isFineTuneError(value) ? { code: value.code, message: value.message } : value
}

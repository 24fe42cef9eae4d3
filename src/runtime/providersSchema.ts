import * as z from 'zod'
import { type ExecutionProvider, isExecutionProvider } from '../platform/runtimes.js'

const provider = z.custom<ExecutionProvider>(isExecutionProvider, { error: 'a name or { name, ... }' })

/** The schema of the option `executionProviders`. */
export const providersSchema = z.union([z.literal('auto'), z.array(provider).min(1)], {
  error: "'auto', or a list of names or { name, ... }",
})

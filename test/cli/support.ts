import { main } from '../../src/cli/main.js'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly env?: Record<string, string>
  readonly signal?: AbortSignal
}

/** The command line in this process: what it wrote and what it would exit with. */
export async function run(argv: readonly string[], { env = {}, signal, ...terminal }: Terminal = {}): Promise<Ended> {
  const written = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') => ({
    ...terminal,
    write(text: string) {
      written[name] += text
    },
  })
  const options = { stdout: stream('stdout'), stderr: stream('stderr'), env, ...(signal && { signal }) }
  return { code: await main(argv, options), ...written }
}

/** What a command that should succeed wrote, as data. */
export async function json(argv: readonly string[]): Promise<never> {
  const { code, stdout, stderr } = await run([...argv, '--json'])
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as never
}

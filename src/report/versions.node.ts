import { readFile } from 'node:fs/promises'
import { defaultRuntimes, importRuntime } from '#platform'
import type { RuntimeName } from '../platform/runtimes.js'

/**
 * Returns the versions of this library, the ONNX Runtime that a run uses, Node and the system; unknown ones are left
 * out.
 */
export async function versions(runtime: string | undefined): Promise<Record<string, string>> {
  const library = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
    .then((text) => JSON.parse(text).version as string)
    .catch(() => undefined)
  return {
    ...(library && { 'onnx-finetune': library }),
    ...(await runtimeVersion(runtime === undefined ? defaultRuntimes() : [runtime as RuntimeName])),
    Node: process.versions.node,
    system: `${process.platform} ${process.arch}`,
  }
}

/** Returns the version of the first runtime that is installed, as a session chooses it. */
async function runtimeVersion(names: readonly RuntimeName[]): Promise<Record<string, string>> {
  for (const name of names) {
    const ort = await importRuntime(name).catch(() => undefined)
    if (ort) return { [name]: ort.env.versions.node ?? ort.env.versions.web ?? ort.env.versions.common }
  }
  return {}
}

import { moduleAddress } from './importRuntime.js'

/** Starts the worker of a page without a bundler, whose script lies beside this one. */
export function newWorker(): Worker {
  moduleAddress()
  const script = new URL('./finetune.worker.js', import.meta.url)
  return new Worker(script.origin === location.origin ? script : importing(script), { type: 'module' })
}

/** Returns the address of a script that imports another: a page starts workers of its own origin only. */
const importing = ({ href }: URL): string =>
  URL.createObjectURL(new Blob([`import ${JSON.stringify(href)}`], { type: 'text/javascript' }))

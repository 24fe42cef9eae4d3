/** The address of the script of the workers; a worker, which starts none, does not know it. */
let script: URL | undefined

export function useScript(address: URL): void {
  script = address
}

/** Starts the worker of a page without a bundler. */
export function newWorker(): Worker {
  if (!script) throw new Error('a worker starts no other')
  return new Worker(script.origin === location.origin ? script : importing(script), { type: 'module' })
}

/** Returns the address of a script that imports another: a page starts workers of its own origin only. */
const importing = ({ href }: URL): string =>
  URL.createObjectURL(new Blob([`import ${JSON.stringify(href)}`], { type: 'text/javascript' }))

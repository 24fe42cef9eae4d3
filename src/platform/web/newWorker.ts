/**
 * Starts the worker of a page. Bundlers find, bundle and rename its script, which `scripts/browser.js` puts beside this
 * one, only if `Worker` is constructed with a literal URL.
 */
export const newWorker = (): Worker => new Worker(new URL('./finetune.worker.js', import.meta.url), { type: 'module' })

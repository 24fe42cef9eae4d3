import { images } from '../state/store.js'

/**
 * Registers the service worker of the built page, which keeps all its files for later visits without a network. On a
 * host that does not isolate pages, the page loads once more: its worker then isolates it, so that several threads
 * compute.
 */
export async function workOffline(): Promise<void> {
  const workers = navigator.serviceWorker
  if (!import.meta.env.PROD || !workers) return
  workers.addEventListener('controllerchange', () => {
    if (!crossOriginIsolated && images.value.size === 0) location.reload()
  })
  await workers.register('./serviceWorker.js').catch(() => {})
}

import type { Claim } from '../contract.js'

/** Claims a name by the Web Locks API, if it is available: the browser releases it when the page ends. */
export function claimName(name: string): Promise<Claim> {
  if (!globalThis.navigator?.locks) return Promise.resolve({ async release() {} })
  return new Promise((resolve, reject) => {
    const whileHeld = (lock: unknown) => {
      if (!lock) return resolve({ heldBy: 'another page' })
      return new Promise<void>((end) => resolve({ release: async () => end() }))
    }
    navigator.locks.request(`onnx-finetune ${name}`, { ifAvailable: true }, whileHeld).catch(reject)
  })
}

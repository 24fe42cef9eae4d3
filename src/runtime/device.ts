/** The part of a `GPUDevice` that is used here; TypeScript's own types do not have it. */
export interface GpuDevice {
  readonly adapterInfo?: Readonly<Record<'vendor' | 'architecture' | 'device' | 'description', string>>
  readonly lost: Promise<{ readonly message: string }>
}

/** Returns the name of a device, as far as the browser discloses it: `nvidia ampere`; empty if it does not. */
export function nameOfDevice(device: GpuDevice | undefined): string {
  const { vendor, architecture, device: model, description } = device?.adapterInfo ?? {}
  return description || [vendor, architecture, model].filter(Boolean).join(' ')
}

/** The messages about a lost device of Dawn (Chromium, Node), wgpu (Firefox), CUDA and Direct3D. */
const LOSS =
  /device\b.{0,20}\b(is|was|has been)? ?lost|lost device|devicelost|device (was )?(removed|hung|reset)|DXGI_ERROR_DEVICE|CUDA error (46|700|719|999)|CUDA failure (46|700|719|999)|unspecified launch failure/i

/** Tells whether a failure means that the device is lost: a driver reset, a removed card, a device taken away. */
export const isDeviceLoss = (problem: string): boolean => LOSS.test(problem)

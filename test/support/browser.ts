import { existsSync } from 'node:fs'
import { type Browser, chromium, type LaunchOptions } from 'playwright'

/** Debian's Chromium, or the one that CHROMIUM_PATH names. Tests that need a browser are skipped where there is none. */
export const chromiumPath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
)

export const noChromium = 'no Chromium: apt-get install chromium, or set CHROMIUM_PATH'

/** WebGPU on a processor, by the adapter that Chromium contains. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan']

/** Memory is measured when a test asks, not at the next collection, which may be a minute later. */
const MEASURED_AT_ONCE = '--enable-blink-features=ForceEagerMeasureMemory'

/** The options by which Playwright starts it. Its own sandbox does not start for root, as in a container. */
export const launchOptions: LaunchOptions = {
  ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
  args: [...SOFTWARE_GPU, MEASURED_AT_ONCE, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
}

export const launchChromium = (): Promise<Browser> => chromium.launch(launchOptions)

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright'
import { build, preview } from 'vite'
import { launchChromium } from '../../support/browser.js'

const configFile = 'examples/browser/vite.config.ts'

export interface TrainingPage {
  readonly page: Page
  readonly context: BrowserContext
  /** Everything that the page wrote to the console as an error, or threw. */
  readonly problems: readonly string[]
  close(): Promise<void>
}

/** Builds the page of examples/browser, serves it and opens it. */
export async function openTrainingPage(): Promise<TrainingPage> {
  const outDir = await mkdtemp(join(tmpdir(), 'page-'))
  await asInProduction(() => build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true } }))
  const server = await preview({ configFile, logLevel: 'error', build: { outDir }, preview: { port: 0 } })
  const browser = await launchChromium()
  const context = await browser.newContext({ acceptDownloads: true, viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  // On a busy machine a software display takes seconds for a frame, which a click waits for.
  page.setDefaultTimeout(120_000)
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(server.resolvedUrls!.local[0]!)
  const close = async () => {
    await browser.close()
    await server.close()
    await rm(outDir, { recursive: true })
  }
  return { page, context, problems, close }
}

/** Vite asks the environment, in which vitest has written "test". */
async function asInProduction(work: () => Promise<unknown>): Promise<void> {
  const { NODE_ENV } = process.env
  process.env.NODE_ENV = 'production'
  try {
    await work()
  } finally {
    process.env.NODE_ENV = NODE_ENV
  }
}

import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, launchChromium, noChromium } from '../support/browser.js'
import { serveFolder } from './support/openPage.js'

describe.skipIf(chromiumPath === undefined)(`a page (or ${noChromium})`, () => {
  let browser: Browser
  let context: BrowserContext
  let server: Awaited<ReturnType<typeof serveFolder>>
  beforeAll(async () => {
    server = await serveFolder(process.cwd())
    browser = await launchChromium()
    context = await browser.newContext()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  async function open(): Promise<Page> {
    const page = await context.newPage()
    await page.goto(`${server.url}test/pages/support/closedTab.html`)
    await page.waitForFunction('globalThis.digestOfTraining')
    return page
  }
  const training = `digestOfTraining(
    { checkpoint: { directory: 'runs/first', everySteps: 1 }, resume: 'auto' },
    (event) => events.push(event),
  )`

  test('that is closed in the middle of a run loses nothing of what was checkpointed', async () => {
    const undisturbed = await open()
    const expected = await undisturbed.evaluate('digestOfTraining({})')
    await undisturbed.close()

    const closed = await open()
    await closed.evaluate(`void ${training}`)
    await closed.waitForFunction(`events.filter(({ type }) => type === 'checkpoint').length >= 2`)
    await closed.close()

    const next = await open()
    expect(await next.evaluate(training)).toBe(expected)
    const resumed = await next.evaluate<{ step: number }[]>(`events.filter(({ type }) => type === 'resumed')`)
    expect(resumed).toHaveLength(1)
    expect(resumed[0]!.step).toBeGreaterThanOrEqual(2)
    expect(await next.evaluate(`events.filter(({ type }) => type === 'step').length`)).toBe(6 - resumed[0]!.step)
    await next.close()
  })

  test('offers bytes as a download', async () => {
    const page = await open()
    const download = page.waitForEvent('download')
    await page.evaluate(`downloadFile(Uint8Array.of(1, 2, 3), 'classifier.onnx')`)
    const file = await download
    expect(file.suggestedFilename()).toBe('classifier.onnx')
    expect([...(await readFile(await file.path()))]).toEqual([1, 2, 3])
    await page.close()
  })
})

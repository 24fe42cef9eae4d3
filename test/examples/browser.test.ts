import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawFolder } from '../../examples/drawing/drawFolder.js'
import { encode } from '../../examples/drawing/encode.js'
import { donut } from '../../examples/hotdog/images/foods/fresh.js'
import { pizza } from '../../examples/hotdog/images/foods/hot.js'
import { meal } from '../../examples/hotdog/images/meal.js'
import { loadClassifier, openProject, type Random, seededRandom } from '../../src/index.js'
import { chromiumPath, noChromium } from '../support/browser.js'
import { longestTask } from './support/longestTask.js'
import { openTrainingPage, type TrainingPage } from './support/trainingPage.js'

const axe = createRequire(import.meta.url).resolve('axe-core')
const PER_CLASS = 20
const MANY = 2000
/** How busy a machine is, is none of the page's business. */
const PATIENCE_MS = 400_000
const classes = {
  donut: (random: Random) => meal(random, donut),
  pizza: (random: Random) => meal(random, pizza),
}

/** Draws a pizza that is in none of the folders, as the bytes of a PNG file. */
function newPizza(): Promise<Uint8Array> {
  const { data, width, height } = classes.pizza(seededRandom('new'))
  return encode(data, width, height)
}

/**
 * The longest task that the page may have while the network trains, in processor time: 50 ms on an idle machine, more
 * where other processes empty the caches.
 */
const LONGEST_TASK_MS = 150

describe.skipIf(chromiumPath === undefined)(
  `the page that trains (${noChromium})`,
  { timeout: 3 * PATIENCE_MS },
  () => {
    let opened: TrainingPage
    let directory: string

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'food-'))
      await drawFolder({ directory: join(directory, 'food'), classes, count: PER_CLASS, seed: 'page' })
      await rename(join(directory, 'food', 'pizza', '0005.png'), join(directory, 'food', 'donut', 'stray.png'))
      opened = await openTrainingPage()
    })
    afterAll(async () => {
      await opened?.close()
      await rm(directory, { recursive: true, force: true })
    })

    test('begins with an invitation', async () => {
      const { page } = opened
      await page.getByRole('heading', { name: /Teach this page/ }).waitFor()
      await expectAccessible()
    })

    test('makes classes of folders', async () => {
      const { page } = opened
      await page.locator('input[data-kind=folder]').setInputFiles(join(directory, 'food'))
      await page.getByText(`${PER_CLASS - 1} images`).waitFor()
      await page.getByText(`${PER_CLASS + 1} images`).waitFor()
      const names = page.getByRole('textbox', { name: 'Name of the class' })
      expect(await names.evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value))).toEqual([
        'donut',
        'pizza',
      ])
      await expectAccessible()
    })

    test('trains a head, and the page answers meanwhile', async () => {
      const { page } = opened
      await goTo('Train')
      await expectAccessible()
      const longest = await longestTask(page, async () => {
        await page.getByRole('button', { name: 'Train', exact: true }).click()
        await page.locator('.figure').waitFor({ timeout: PATIENCE_MS })
      })
      expect(await page.locator('.figure').textContent()).toMatch(/^\d+ % right on 8 images it had not seen$/)
      expect(longest).toBeGreaterThan(0)
      expect(longest).toBeLessThan(LONGEST_TASK_MS)
      await page.locator('.confusion button').first().click()
      await expectAccessible()
    })

    test('finds the wrong label, which a key corrects', async () => {
      const { page } = opened
      await goTo('Clean')
      await expectAccessible()
      await page.getByRole('button', { name: 'Look for them' }).click()
      await page.locator('.queue').waitFor({ timeout: PATIENCE_MS })
      await expectAccessible()
      const suspects = await page.locator('.filmstrip li').count()
      expect(suspects).toBeLessThan(PER_CLASS / 2)
      const stray = page.getByRole('img', { name: 'stray.png' })
      for (let i = 2; i <= suspects && (await stray.count()) === 0; i++) {
        await page.keyboard.press('ArrowRight')
        await page.getByText(`${i} of ${suspects} likely`).waitFor()
      }
      await stray.waitFor()
      await page.keyboard.press('2')
      await stray.waitFor({ state: 'detached' })
      await goTo('Images')
      await expect.poll(() => page.getByText(`${PER_CLASS} images`).count()).toBe(2)
      await page.getByRole('link', { name: 'Train again' }).click()
      await page.getByRole('button', { name: 'Train again' }).click()
      await page.getByText('Stop').waitFor()
      await page.locator('.figure').waitFor({ timeout: PATIENCE_MS })
    })

    test('answers like the downloaded file in Node', async () => {
      const { page } = opened
      await goTo('Try it')
      await classifyPizza()
      await expectAccessible()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Classifier (.onnx)' }).click(),
      ])
      const classifier = await loadClassifier(new Uint8Array(await readFile(await download.path())))
      const { label, score } = await classifier.classify(await newPizza())
      await classifier.release()
      expect(label).toBe('pizza')
      const shown = Number.parseInt((await page.locator('.best .bar-score').textContent())!, 10)
      expect(Math.abs(shown - 100 * score)).toBeLessThan(1.5)
    })

    test('saves a project, which opens in Node and in the browser', async () => {
      const { page } = opened
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Project (.zip)' }).click(),
      ])
      const file = await download.path()
      const { dataset, validation, classifier } = await openProject(new Uint8Array(await readFile(file)))
      expect(dataset.classes).toEqual(['donut', 'pizza'])
      expect(dataset.samples.filter(({ label }) => label === 1)).toHaveLength(PER_CLASS)
      expect(validation).toHaveLength(8)
      const opening = await loadClassifier(classifier!)
      expect(await opening.classify(await newPizza())).toMatchObject({ label: 'pizza' })
      await opening.release()

      page.once('dialog', (dialog) => dialog.accept())
      await page.getByRole('button', { name: 'Project', exact: true }).click()
      await page.getByRole('button', { name: 'Start over' }).click()
      await page.getByRole('heading', { name: /Teach this page/ }).waitFor()
      await page.locator('input[data-kind=project]').setInputFiles(file)
      await expect.poll(() => page.getByText(`${PER_CLASS} images`).count()).toBe(2)
      await goTo('Try it')
      await classifyPizza()
    })

    test('continues after a reload', async () => {
      const { page } = opened
      await page.reload()
      await classifyPizza()
      await goTo('Images')
      await expect.poll(() => page.getByText(`${PER_CLASS} images`).count()).toBe(2)
    })

    test('works without a network after the first visit', async () => {
      const { page, context } = opened
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}))
      await context.setOffline(true)
      await page.reload()
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
      await goTo('Try it')
      await classifyPizza()
      await goTo('Train')
      await page.getByRole('button', { name: 'Train again' }).click()
      await page.getByText('Stop').waitFor()
      await page.locator('.figure').waitFor({ timeout: PATIENCE_MS })
      await context.setOffline(false)
    })

    test('keeps only the images in view in the document, of thousands', async () => {
      const { page } = opened
      await goTo('Images')
      await page.getByRole('button', { name: 'Add a class' }).click()
      const dot = Buffer.from(await encode(new Uint8Array(8 * 8 * 3), 8, 8))
      const files = Array.from({ length: MANY }, (_, i) => ({
        name: `${String(i).padStart(4, '0')}.png`,
        mimeType: 'image/png',
        buffer: dot,
      }))
      await page.locator('.class-card').nth(2).locator('input[data-kind=images]').setInputFiles(files)
      await page.getByRole('link', { name: `${MANY.toLocaleString('en')} images of New class` }).click()
      const options = page.getByRole('option')
      await options.first().waitFor()
      expect(await options.count()).toBeLessThan(MANY / 10)
      await options.first().focus()
      await page.keyboard.press('End')
      await page.getByRole('option', { name: `${MANY - 1}.png` }).waitFor()
      await page.keyboard.press('Delete')
      await page.getByText('1 image removed.').waitFor()
      await page.getByRole('button', { name: 'Undo' }).click()
      await page.getByRole('option', { name: `${MANY - 1}.png` }).waitFor()
      await expectAccessible()
    })

    test('reports no problem to the console', () => {
      expect(opened.problems).toEqual([])
    })

    const goTo = (room: string) => opened.page.getByRole('navigation').getByRole('link', { name: room }).click()

    async function classifyPizza(): Promise<void> {
      const { page } = opened
      const file = { name: 'new.png', mimeType: 'image/png', buffer: Buffer.from(await newPizza()) }
      await page.locator('.answers input[type=file]').setInputFiles(file)
      await page.locator('.answer', { hasText: 'pizza' }).waitFor({ timeout: 60_000 })
    }

    /** Expects that axe finds nothing, in the light and in the dark. */
    async function expectAccessible(): Promise<void> {
      const { page } = opened
      await page.addScriptTag({ path: axe })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const found = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
          const { violations } = await axe.run()
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
        })
        expect(found, colorScheme).toEqual([])
      }
    }
  },
)

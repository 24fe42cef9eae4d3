import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from 'onnx-finetune'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sourceClasses, sourceImage } from '../../examples/hotdog/backbone/source/sourceTask.js'
import { drawMeals } from '../../examples/hotdog/images/drawMeals.js'
import { hotdog } from '../../examples/hotdog/images/foods/hotdog.js'
import { otherFoods } from '../../examples/hotdog/images/foods/register.js'
import { meal } from '../../examples/hotdog/images/meal.js'
import { drawImages, type Images } from '../../examples/hotdog/images.js'
import { readOptions, UsageError } from '../../examples/hotdog/options.js'
import { prepare } from '../../examples/hotdog/run.js'
import { writeSheet } from '../../examples/hotdog/sheet.js'
import { table } from '../../examples/hotdog/table.js'

describe('the drawn images', () => {
  test('depend on the seed alone', () => {
    const draw = (seed: number) => meal(seededRandom(seed), hotdog)
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  test.each([hotdog, ...otherFoods].map((food) => [food.name, food] as const))('%s covers an image', (name, food) => {
    const { width, height, data } = meal(seededRandom('food', name), food)
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(96)
    expect(data.length).toBe(width * height * 3)
    expect(new Set(data).size).toBeGreaterThan(20)
  })

  test('the source task has many classes, none of them the task', () => {
    const names = sourceClasses.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThanOrEqual(40)
    expect(names.join()).not.toMatch(/dog/i)
    for (const source of sourceClasses)
      expect(new Set(sourceImage(seededRandom(source.name), source).data).size).toBeGreaterThan(10)
  })
})

describe('the options', () => {
  test.each([
    ['', 'drawn', ['pretrained', 'scratch']],
    ['--scratch', 'drawn', ['scratch']],
    ['--compare', 'drawn', ['pretrained', 'scratch']],
    ['--download', 'download', ['pretrained']],
    ['--download --compare --reuse-row --freeze layer3', 'download', ['pretrained', 'scratch']],
    ['--data d --weights w', 'folder', ['pretrained']],
    ['--data d --weights w --scratch', 'folder', ['scratch']],
    ['--data d --scratch', 'folder', ['scratch']],
    ['--data d --download', 'folder', ['pretrained']],
  ])('%s', (line, source, runs) => {
    expect(readOptions(words(line))).toMatchObject({ source, runs })
  })

  test("the recipe is the lesson's, and can be changed", () => {
    expect(readOptions(words('--data d --weights w'))).toMatchObject({
      epochs: 5,
      batch: 128,
      lr: { pretrained: 5e-5, scratch: 5e-4 },
      weightDecay: 1e-3,
      seed: 0,
    })
    expect(
      readOptions(
        words(
          '--download --lr 0.1 --head-lr 2 --weight-decay 0 --epochs 3 --batch 7 --seed 4 --threads 2 --save f --report r.html --json',
        ),
      ),
    ).toMatchObject({
      lr: { pretrained: 0.1, scratch: 0.1 },
      headLr: 2,
      weightDecay: 0,
      epochs: 3,
      batch: 7,
      seed: 4,
      threads: 2,
      save: 'f',
      json: true,
    })
    expect(readOptions(['--help'])).toBeUndefined()
  })

  test.each([
    ['--scratch --compare', '--compare'],
    ['--weights w', '--weights'],
    ['--reuse-row', '--reuse-row'],
    ['--download --images 3', '--images'],
    ['--download --data d --weights w', '--download'],
    ['--download --data d --scratch', '--download'],
    ['--data d', '--weights'],
    ['--data d --scratch --reuse-row', '--reuse-row'],
    ['--scratch --freeze layer3', '--freeze'],
    ['--scratch --head-lr 1', '--head-lr'],
    ['--epochs 1.5', '--epochs'],
    ['--lr 0', '--lr'],
    ['--lr= ', '--lr'],
    ['--seed x', '--seed'],
    ['--nonsense', '--nonsense'],
    ['nonsense', 'nonsense'],
  ])('%s is refused', (line, named) => {
    expect(() => readOptions(words(line))).toThrow(UsageError)
    expect(() => readOptions(words(line))).toThrow(named)
  })
})

const words = (line: string) => line.split(' ').filter(Boolean)

describe('a tiny run', () => {
  let images: Images
  beforeAll(async () => {
    images = await drawImages(4, 3, 0)
  })
  afterAll(() => rm(images.directory, { recursive: true }))

  test('the images are in folders, the same every time, with a sheet to look at', async () => {
    expect(images.train.classes).toEqual(['hotdog', 'not-hotdog'])
    expect(images.train.samples).toHaveLength(8)
    const again = await mkdtemp(join(tmpdir(), 'hotdog-test-'))
    await drawMeals(again, 1, 'train 0')
    const first = await readFile(join(again, 'hotdog', '0000.png'))
    expect(Buffer.compare(first, await readFile(images.train.samples[0]!.source))).toBe(0)
    await writeSheet(images.train, join(again, 'sheet.png'))
    expect(await readdir(again)).toContain('sheet.png')
    await rm(again, { recursive: true })
  })

  test('fine-tunes the backbone of the repository, with frozen layers, and from scratch', async () => {
    const options = readOptions(words('--epochs 1 --batch 8 --freeze layer3'))!
    const outcomes = []
    for (const start of options.runs) {
      const { model, run } = await prepare(start, options, images)
      expect(model.frozen.size).toBe(start === 'pretrained' ? 45 : 0)
      const before = model.get('layer1.0.conv1.weight').data.slice()
      outcomes.push({ start, result: await run })
      expect(model.get('layer1.0.conv1.weight').data.every((x, i) => x === before[i])).toBe(start === 'pretrained')
    }
    const [head, ...rows] = table(outcomes).split('\n')
    expect(head).toMatch(/train loss +train accuracy +test accuracy +seconds/)
    expect(rows.map((row) => row.slice(0, 12).trim())).toEqual(['fine-tuned', 'from scratch'])
  }, 60_000)
})

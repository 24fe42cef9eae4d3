import { describe, expect, test } from 'vitest'
import { dataError } from '../../src/data/errors.js'
import type { RunRecord } from '../../src/finetune/record/RunRecord.js'
import type { AutomaticRecord } from '../../src/recipe/RecipeReport.js'
import { reportHtml } from '../../src/report/reportHtml.js'
import { recordOf } from './record.js'

const page = (record: AutomaticRecord, facts?: Parameters<typeof reportHtml>[1]) => reportHtml({ record }, facts)

/** Elements that are opened and not closed, or closed and not opened; attributes must be quoted. */
function unbalanced(markup: string): string[] {
  const open: string[] = []
  const wrong: string[] = []
  const withoutStyle = markup.replace(/<style>[\s\S]*?<\/style>/, '')
  for (const [, close, element, self] of withoutStyle.matchAll(
    /<(\/?)([a-z]\w*)(?:\s[\w-]+(?:="[^"<>]*")?)*\s*(\/?)>/g,
  )) {
    if (self || ['meta', 'br', 'img'].includes(element!)) continue
    if (!close) open.push(element!)
    else if (open.pop() !== element) wrong.push(element!)
  }
  const signs = withoutStyle.replaceAll(/<\/?[a-z]\w*(?:\s[\w-]+(?:="[^"<>]*")?)*\s*\/?>|<!DOCTYPE html>/g, '')
  return [...open, ...wrong, ...(signs.match(/[<>]/g) ?? [])]
}

const many = Array.from({ length: 200 }, (_, i) => `class ${i}`)
const short = recordOf({ epochs: 1, validation: false })
const bare: RunRecord = { ...short, status: 'waiting', epochs: [], steps: [], seconds: 0 }
const head = { name: 'head', share: 0, accuracy: 0.9, interval: [0.86, 0.93], loss: 0.25, images: 400 } as const
const tuned = { ...head, name: 'fine-tuned', share: 0.5, accuracy: 0.925, interval: [0.89, 0.95], loss: 0.2 } as const
const automatic: AutomaticRecord = {
  ...recordOf(),
  recipe: {
    duplicates: [],
    plan: {
      ...{ images: 100, perClass: [50, 50], imagesPerSecond: { evaluation: 40, training: 11 }, epochs: 3, trials: 1 },
      ...{ refit: false, imageSize: 160, isHeadAlone: false, budget: 720, seconds: 500, memory: 2e9 },
    },
    candidates: [head, tuned],
    chosen: tuned,
    l2: 0.1,
    usesKept: false,
    calibration: {
      ...{ temperature: 1.2, threshold: 0.4, kept: 0.95, images: 400 },
      ...{ loss: { before: 0.3, after: 0.2 }, calibrationError: { before: 0.1, after: 0.05 } },
    },
    labelIssues: [],
    advice: ['Of new images <like these> expect 92.5 %.'],
  },
}
const runs: Record<string, AutomaticRecord> = {
  ordinary: recordOf(),
  'one epoch without validation': short,
  'two hundred classes, many epochs': recordOf({ classes: many, epochs: 60, stepsPerEpoch: 40 }),
  'one class': recordOf({ classes: ['only'] }),
  automatic,
  'not begun': bare,
  stopped: { ...short, status: 'stopped', epochs: [] },
  'every loss not a number': {
    ...short,
    status: 'failed',
    error: { code: 'train/diverged', message: 'The loss is NaN' },
    steps: short.steps.map((step) => ({ ...step, loss: Number.NaN })),
    epochs: short.epochs.map((epoch) => ({ ...epoch, trainLoss: Number.NaN })),
  },
  'a validation without images': recordOf({ perClass: 0 }),
  'an endless loss and no rate': {
    ...short,
    steps: short.steps.map((step) => ({ ...step, loss: Number.POSITIVE_INFINITY, learningRates: {} })),
    settings: { ...short.settings, groups: short.settings.groups.map((group) => ({ ...group, lr: 0 })) },
  },
}

describe.each(Object.entries(runs))('the page of a run: %s', (_, record) => {
  const markup = page(record)

  test('is well-formed', () => {
    expect(unbalanced(markup)).toEqual([])
  })

  test('draws no point that is no number', () => {
    for (const [, path] of markup.matchAll(/(?: d| cx| cy| y| x| style)="([^"]*)"/g))
      expect(path).not.toMatch(/NaN|Infinity|undefined/)
    expect(markup).not.toMatch(/undefined|\[object/)
  })

  test('needs nothing else', () => {
    expect(markup).not.toMatch(/https?:|<script|<link|url\(|@import/)
    expect(markup).toContain(`default-src 'none'`)
  })
})

describe('the page', () => {
  test('tells everything about an ordinary run', () => {
    const markup = page(recordOf(), {
      command: 'npm run hotdog -- --seed 7',
      versions: { 'onnx-finetune': '1.2.3', Node: '20.19.0' },
      images: new Map([[8, 'data:image/jpeg;base64,AAAA']]),
    })
    for (const text of [
      'resnet18: hotdog, not-hotdog',
      '2026-01-02 03:04 UTC',
      'Confusion matrix',
      '11,177,538',
      'npm run hotdog -- --seed 7',
      '1.2.3',
      '20.19.0',
      'src="data:image/jpeg;base64,AAAA"',
      '/images/train',
      'scale 0.08 to 1',
      'weight decay',
    ])
      expect(markup).toContain(text)
    const charts = [...markup.matchAll(/<figcaption>([^<:]*)/g)].map(([, title]) => title)
    expect(charts).toEqual(['Loss', 'Accuracy', 'Learning rate', 'Reliability', 'ROC', 'Precision'])
    expect(markup).toContain('<th>training accuracy</th><th>validation loss</th><th>validation accuracy</th>')
  })

  test('a loss that is no number interrupts its line, and a step alone between two such is a dot', () => {
    const record = recordOf()
    const steps = record.steps.map((step, i) => ({ ...step, loss: i === 2 || i === 4 ? Number.NaN : step.loss }))
    const [, , path] = /class="line (steps)" d="(M\d[^"]*,[^"]*)"/.exec(page({ ...record, steps }))!
    const shapes = path!.replaceAll(/[\d.,]+/g, '')
    expect(shapes).toMatch(/^MLMZML+$/)
    expect(shapes.replaceAll('Z', '')).toHaveLength(steps.length - 2)
  })

  test('tells how sure the validation accuracy is, and how right the scores are', () => {
    const markup = page(recordOf())
    // 17 of 20, by binomtest(17, 20).proportion_ci(method='wilson').
    expect(markup).toContain('95\u00a0% interval 64.0\u201394.8\u00a0%')
    expect(markup).toMatch(/Expected calibration error \d+\.\d\u00a0%/)
    expect(markup).toMatch(/score \d+\.\d\u00a0%: \d+\.\d\u00a0% of \d+ images are right/)
    expect(markup).toMatch(/not-hotdog, area 0\.\d{3}/)
  })

  test('has no curves of several classes, nor of one class alone, nor of scores that are no numbers', () => {
    expect(page(recordOf({ classes: ['a', 'b', 'c'] }))).not.toContain('ROC')
    const record = recordOf()
    const one = record.predictions.filter(({ label }) => label === 0)
    expect(page({ ...record, predictions: one })).not.toContain('ROC')
    const none = record.predictions.map((prediction) => ({ ...prediction, score: Number.NaN }))
    expect(page({ ...record, predictions: none })).not.toContain('Reliability')
  })

  test('a transform made of others is shown with them', () => {
    const record = recordOf()
    const blur = { name: 'gaussianBlur', options: { kernelSize: [5, 3], sigma: [0.1, 2] } }
    const choice = { name: 'randomChoice', options: { transforms: [blur, { name: 'own' }], p: [1, 3] } }
    const own = { name: 'mine', options: { transforms: [1, 2] } }
    const markup = page({ ...record, settings: { ...record.settings, trainTransform: [choice, own] } })
    const described = 'transforms gaussianBlur (kernel size 5 × 3, sigma 0.1 to 2), own, p 1, 3'
    expect(markup).toContain(described)
    expect(markup).toContain('transforms 1 to 2')
  })

  test('of two numbers only those of a range are said to go from one to the other', () => {
    const { settings, ...record } = recordOf()
    const groups = settings.groups.map((group) => ({ ...group, betas: [0.9, 0.999] }))
    const trainTransform = [...settings.trainTransform, { name: 'resize', options: { size: [256, 250] } }]
    const markup = page({ ...record, settings: { ...settings, groups, trainTransform } })
    expect(markup).toContain('<td>0.9, 0.999</td>')
    expect(markup).toContain('size 256 × 250')
    expect(markup).toContain('scale 0.08 to 1')
  })

  test('escapes whatever is not its own', () => {
    const evil = `<script>"&'</script>`
    const record = recordOf({ classes: [evil, 'ב'] })
    const skipped = [{ index: 0, source: evil, error: dataError('data/unreadable', { source: evil, problem: evil }) }]
    const markup = page(
      {
        ...record,
        status: 'failed',
        error: { message: evil },
        model: { ...record.model, architecture: evil },
        epochs: record.epochs.map((epoch) => ({ ...epoch, skipped })),
        predictions: record.predictions.map((prediction) => ({ ...prediction, source: `a/${evil}` })),
        settings: {
          ...record.settings,
          groups: record.settings.groups.map((group) => ({ ...group, name: evil })),
          trainTransform: [{ name: evil, options: { [evil]: evil } }],
        },
      },
      { title: `${evil}\u0000`, command: evil, versions: { [evil]: evil } },
    )
    expect(markup).not.toContain('<script')
    expect(markup).not.toContain('\u0000')
    expect(unbalanced(markup)).toEqual([])
    expect(markup).toContain('<bdi>ב</bdi>')
  })

  test('of many classes: pairs instead of a matrix, classes worst first', () => {
    const markup = page(recordOf({ classes: many, epochs: 1 }))
    expect(markup).not.toContain('Confusion matrix')
    expect(markup).toContain('Most confused classes')
    expect(markup).toContain('class, worst first')
    expect(markup).toContain('180 more')
  })

  test('options are checked', () => {
    expect(() => page(short, { mistakes: -1 })).toThrow('report: mistakes must be at least 0')
  })

  test('mistakes can be left out', () => {
    expect(page(recordOf(), { mistakes: 0 })).not.toContain('Surest mistakes')
    const right = recordOf().predictions.map((prediction) => ({ ...prediction, predicted: prediction.label }))
    expect(page({ ...recordOf(), predictions: right })).toContain('every image was recognised')
  })
})

test('says what the automatic recipe tried, and what it kept', () => {
  const text = page(automatic)
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
  expect(text).toContain('a new head alone 90.0 % 86.0 % to 93.0 % 0.250 400')
  expect(text).toContain('all layers trained, 50 % of the way, kept 92.5 %')
  expect(text).toContain('Of new images &lt;like these&gt; expect 92.5 %.')
  expect(page(recordOf())).not.toContain('What was tried')
})

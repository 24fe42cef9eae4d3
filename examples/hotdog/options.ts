import { parseArgs } from 'node:util'

/** The initial weights of a run. */
export type Start = 'pretrained' | 'scratch'

export interface Options {
  readonly source: 'drawn' | 'folder' | 'download'
  readonly data: string | undefined
  readonly weights: string | undefined
  readonly runs: readonly Start[]
  readonly images: number
  readonly reuseRow: boolean
  readonly freeze: string | undefined
  readonly epochs: number
  readonly batch: number
  readonly lr: Readonly<Record<Start, number>>
  readonly headLr: number
  readonly weightDecay: number
  readonly seed: number
  readonly threads: number | undefined
  readonly save: string | undefined
  readonly report: string | undefined
  readonly json: boolean
}

/** An error in the command line, with a message that describes it. */
export class UsageError extends Error {}

/** Reads the command line. @returns undefined if help was requested */
export function readOptions(args: readonly string[]): Options | undefined {
  const given = parse(args)
  if (given.help) return undefined
  const source = given.data !== undefined ? 'folder' : given.download ? 'download' : 'drawn'
  demandSense(given, source)

  const drawn = source === 'drawn'
  const runs: readonly Start[] =
    given.compare || (drawn && !given.scratch)
      ? ['pretrained', 'scratch']
      : given.scratch
        ? ['scratch']
        : ['pretrained']
  const lr = given.lr === undefined ? undefined : positive('lr', given.lr)
  const lrs = { pretrained: lr ?? (drawn ? 6e-4 : 5e-5), scratch: lr ?? (drawn ? 1.2e-3 : 5e-4) }
  return {
    source,
    data: given.data,
    weights: given.weights,
    runs,
    images: whole('images', given.images ?? '20', 1),
    reuseRow: given['reuse-row'],
    freeze: given.freeze,
    epochs: whole('epochs', given.epochs ?? (drawn ? '10' : '5'), 1),
    batch: whole('batch', given.batch ?? (drawn ? '16' : '128'), 1),
    lr: lrs,
    headLr: given['head-lr'] === undefined ? (drawn ? 3 : 10) * lrs.pretrained : positive('head-lr', given['head-lr']),
    weightDecay: number('weight-decay', given['weight-decay'] ?? '1e-3', (value) => value >= 0, 'a number from 0'),
    seed: whole('seed', given.seed ?? '0', 0),
    threads: given.threads === undefined ? undefined : whole('threads', given.threads, 1),
    save: given.save,
    report: given.report,
    json: given.json,
  }
}

type Given = ReturnType<typeof parse>

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: text,
        weights: text,
        download: flag,
        images: text,
        scratch: flag,
        compare: flag,
        'reuse-row': flag,
        freeze: text,
        epochs: text,
        batch: text,
        lr: text,
        'head-lr': text,
        'weight-decay': text,
        seed: text,
        threads: text,
        save: text,
        report: text,
        json: flag,
        help: flag,
      },
    })
    return values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Refuses options that contradict each other, or that would have no effect: nothing is silently ignored. */
function demandSense(given: Given, source: Options['source']): void {
  const onlyScratch = given.scratch && !given.compare
  const drawn = source === 'drawn'
  const rules: readonly (readonly [boolean, string])[] = [
    [given.scratch && given.compare, '--compare trains from scratch as well: leave out --scratch'],
    [
      drawn && given.weights !== undefined,
      '--weights needs photographs: add --data DIR, or --download for the lesson’s',
    ],
    [
      drawn && given['reuse-row'],
      '--reuse-row needs weights of ImageNet: add --download, or --data DIR --weights FILE',
    ],
    [!drawn && given.images !== undefined, '--images is for drawn images: leave out --data and --download'],
    [
      given.download && given.data !== undefined && (given.weights !== undefined || onlyScratch),
      '--download has nothing to do: images and weights are given',
    ],
    [
      given.data !== undefined && given.weights === undefined && !given.download && !onlyScratch,
      '--data needs --weights FILE, or --download for the published ones, or --scratch',
    ],
    [onlyScratch && given['reuse-row'], '--reuse-row is for pretrained weights: leave out --scratch, or use --compare'],
    [
      onlyScratch && given.freeze !== undefined,
      '--freeze is for pretrained weights: leave out --scratch, or use --compare',
    ],
    [
      onlyScratch && given['head-lr'] !== undefined,
      '--head-lr is for pretrained weights: from scratch all layers have one rate',
    ],
  ]
  const broken = rules.find(([is]) => is)
  if (broken) throw new UsageError(broken[1])
}

const positive = (name: string, text: string) => number(name, text, (value) => value > 0, 'a number above 0')
const whole = (name: string, text: string, least: number) =>
  number(name, text, (value) => Number.isSafeInteger(value) && value >= least, `a whole number from ${least}`)

function number(name: string, text: string, isAllowed: (value: number) => boolean, allowed: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(value) && isAllowed(value)) return value
  throw new UsageError(`--${name} must be ${allowed}. Received: ${text}`)
}

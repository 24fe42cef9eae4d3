import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { keepCommand } from '../../../src/cli/finetune/checkpoints.js'
import { downloadArchive } from '../../../src/data/dataset/downloadArchive.node.js'
import { exportClassifier } from '../../../src/deploy/exportClassifier.js'
import { type ErrorCode, isFineTuneError } from '../../../src/errors.js'
import { CheckpointFiles } from '../../../src/finetune/checkpoint/CheckpointFiles.js'
import { FeatureFiles } from '../../../src/finetune/features/FeatureFiles.js'
import { FeatureTable } from '../../../src/finetune/features/FeatureTable.js'
import { splitAtTrainable } from '../../../src/finetune/features/splitAtTrainable.js'
import { testViews } from '../../../src/finetune/options/defaultTransforms.js'
import { downloadFile } from '../../../src/io/download/downloadFile.js'
import { freeze } from '../../../src/model/freeze.js'
import { writeWeights } from '../../../src/model/writeWeights.node.js'
import { writeMetrics, writeReport, writeTensorBoard } from '../../../src/report/writeReport.node.js'
import { images, smallModel } from '../../finetune/support/smallRun.js'
import { stateAfter } from '../../finetune/support/state.js'
import { recordOf } from '../../report/record.js'
import type { Fault } from '../../support/faultyDisk.js'
import { honest, serve } from '../../support/fileServer.js'
import { zip } from '../../support/zip.js'

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >>> 5)
const archive = zip({ 'a/1.png': bytes, 'a/b/2.png': bytes.subarray(9), 'c/': new Uint8Array() }, { deflate: true })
const server = await serve({ '/net.pth': honest(bytes), '/a.zip': honest(archive) })
afterAll(() => server.close())
const sha256 = (of: Uint8Array) => createHash('sha256').update(of).digest('hex')

const [model, trained] = [await smallModel(), await smallModel()]
trained.set('conv1.weight', {
  ...trained.get('conv1.weight'),
  data: trained.get('conv1.weight').data.map((x) => x + 1),
})
freeze(model, { upTo: 'layer4' })
const dataset = await images(4, 0)
const origin = { dataset, front: splitAtTrainable(model)!.front, transform: testViews(model.preprocessing) }
const table = new FeatureTable(4)
table.put(Uint32Array.of(0, 1, 2, 3), { x: { type: 'float32', dims: [4, 8], data: new Float32Array(32).fill(3) } })
const [record, longer] = [recordOf(), recordOf({ epochs: 5 })]

/** Something that writes files. */
export interface Writer {
  readonly code: ErrorCode
  /** What is there before. */
  before?(root: string): Promise<unknown>
  act(root: string): Promise<unknown>
  /** It is quick: every call fails in every way. */
  readonly all?: true
  /** May stay after a failure, to go on with. */
  readonly stays?: string
}

export const writers: Readonly<Record<string, Writer>> = {
  'a checkpoint': {
    code: 'train/checkpoint-not-kept',
    all: true,
    async before(root) {
      for (const updates of [1, 2]) await new CheckpointFiles(root).write(stateAfter(updates), 2)
    },
    act: (root) => new CheckpointFiles(root).write(stateAfter(3), 2),
  },
  'an exported classifier': {
    code: 'deploy/cannot-write',
    before: (root) => exportClassifier(model, join(root, 'c.onnx'), { threads: 1 }),
    act: (root) => exportClassifier(trained, join(root, 'c.onnx'), { threads: 1 }),
  },
  'saved weights': {
    code: 'weights/cannot-write',
    before: (root) => writeWeights(model, join(root, 'w.safetensors')),
    act: (root) => writeWeights(trained, join(root, 'w.safetensors')),
  },
  'a report': {
    code: 'report/cannot-write',
    before: (root) => writeReport({ record }, join(root, 'r.html')),
    act: (root) => writeReport({ record: longer }, join(root, 'r.html')),
  },
  'tables of metrics': {
    code: 'report/cannot-write',
    before: (root) => writeMetrics({ record }, join(root, 'm')),
    act: (root) => writeMetrics({ record: longer }, join(root, 'm')),
  },
  'events for TensorBoard': {
    code: 'report/cannot-write',
    before: (root) => writeTensorBoard({ record }, join(root, 't')),
    act: (root) => writeTensorBoard({ record: longer }, join(root, 't')),
  },
  features: {
    code: 'train/features-not-kept',
    all: true,
    act: (root) => new FeatureFiles(root, { ...origin, decoder: 'jimp', autoOrient: false, seed: 0 }).write(0, table),
  },
  'a download': {
    code: 'download/cache',
    act: (root) =>
      downloadFile('the net', [{ file: 'net.pth', urls: [`${server.url}/net.pth`], sha256: sha256(bytes) }], {
        cacheDirectory: root,
      }),
  },
  'an archive': {
    code: 'download/cache',
    act: (root) => downloadArchive({ urls: [`${server.url}/a.zip`], sha256: sha256(archive), cacheDirectory: root }),
    stays: 'a.zip',
  },
  'what the command line was told': {
    code: 'file/cannot-write',
    async before(root) {
      await mkdir(join(root, 'run'))
      await keepCommand('photos', { checkpoint: join(root, 'run'), resume: false, 'checkpoint-steps': 1 } as never)
    },
    act: (root) =>
      keepCommand('more', { checkpoint: join(root, 'run'), resume: false, 'checkpoint-steps': 22 } as never),
  },
}

/** Some files say where they lie. */
const withoutPlace = (content: Buffer, root: string) => Buffer.from(content.toString('latin1').replaceAll(root, ''))

/** Every file below a directory with its digest, and directories that are empty. */
export async function snapshot(root: string): Promise<Map<string, string>> {
  const names = await readdir(root, { recursive: true })
  const read = async (name: string) => {
    const path = join(root, name)
    return [
      name,
      (await stat(path)).isDirectory() ? 'directory' : sha256(withoutPlace(await readFile(path), root)),
    ] as const
  }
  return new Map(await Promise.all(names.map(read)))
}

export const isPart = (name: string): boolean => name.includes('.part')

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'full',
  none: 'full',
  EIO: 'device',
  EACCES: 'permission',
  EROFS: 'read-only',
  EMFILE: 'open',
}

/** It is ours, names the file, and says what to do. */
export function expectUseful(error: unknown, { code }: Writer, fault: Fault, where: string): void {
  if (!isFineTuneError(error)) throw error
  expect(error.code, `${where}: ${error.message}`).toBe(code)
  const { file, path } = error.facts as { file?: string; path?: string }
  expect(error.message, where).toContain(basename((file ?? path)!))
  expect(error.message, where).toMatch(new RegExp(`\\(.*${ADVICE[fault]}.*\\)`))
}

// Uses a cache that others use at the same time: node user.js WHAT DIRECTORY ADDRESS SHA256. Begins when its input says so.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { downloadArchive } from '../../dist/data/dataset/downloadArchive.node.js'
import { FeatureColumn } from '../../dist/finetune/features/FeatureColumn.js'
import { featurePieces, readFeatures } from '../../dist/finetune/features/featureFile.js'
import { downloadFile } from '../../dist/io/download/downloadFile.js'
import { openStore } from '../../dist/platform/node/fileStore.js'

const [what, directory, url, sha256] = process.argv.slice(2)
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** What each use has seen, in words that are the same for all. */
const uses = {
  async download() {
    const { bytes } = await downloadFile('f', [{ file: 'f', urls: [url], sha256 }], { cacheDirectory: directory })
    return digest(bytes)
  },
  async archive() {
    const unpacked = await downloadArchive({ urls: [url], sha256, cacheDirectory: directory })
    return digest(await readFile(join(unpacked, 'a', '1.png')))
  },
  async features() {
    const store = openStore(directory)
    for (let i = 0; i < 20; i++) {
      const file = await store.open('features')
      if (file) {
        const read = await readFeatures(file, new Map([['x', [2000]]]), 50)
        await file.close()
        if (!read) return 'a part of a file'
      }
      const column = new FeatureColumn(50, [2000])
      for (let row = 0; row < 50; row++) column.row(row).fill(row)
      await store.write('features', featurePieces(new Map([['x', column]])))
    }
    return 'whole files'
  },
}

process.stdout.write('ready\n')
await once(process.stdin, 'data')
process.stdout.write(`${await uses[what]()}\n`)
process.exit()

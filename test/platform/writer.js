// Writes a file aside and never ends: node writer.js FILE LENGTH. Says when it has written that many bytes.
import { writeFile } from 'node:fs/promises'
import { writeAside } from '../../dist/platform/node/parts.js'

const [file, length] = process.argv.slice(2)
await writeAside(file, async (aside) => {
  await writeFile(aside, new Uint8Array(Number(length)))
  process.stdout.write('writing\n')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
})

// A loading worker that dies where it reads certain samples: `kills` holds ends of their names, `control` the times that each still
// kills. The real worker's script is `url`.
import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { workerData } from 'node:worker_threads'

const { url, how, stillborn, kills, control } = workerData
if (stillborn) throw new Error('no memory for a worker')

const ends = {
  exit: () => process.exit(3),
  error() {
    setImmediate(() => {
      throw new Error('out of order')
    })
  },
  memory() {
    for (const all = []; ; ) all.push(new Array(1e5).fill(all.length))
  },
}

const read = files.readFile
files.readFile = async (path, ...rest) => {
  const place = kills.findIndex((name) => String(path).endsWith(name))
  if (place >= 0 && Atomics.sub(control, place, 1) > 0) {
    ends[how]()
    await new Promise(() => {})
  }
  return read(path, ...rest)
}
syncBuiltinESMExports()
await import(url)

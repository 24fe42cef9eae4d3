// Loads images while all files that this process may have open are open: node fewFiles.js DIRECTORY. Writes a line of JSON for each
// thing that was tried.
import { open } from 'node:fs/promises'
import { compose, createLoader, pickSamples, randomResizedCrop, toTensor } from '../../dist/index.js'
import { ImageFolder } from '../../dist/node.js'

const [directory] = process.argv.slice(2)
const tell = (name, outcome) => process.stdout.write(`${JSON.stringify({ name, ...outcome })}\n`)
const outcomeOf = (work) => work.catch((error) => ({ code: error.code, message: error.message }))

const dataset = await ImageFolder(directory)
async function load(workers) {
  const transform = compose([randomResizedCrop(8), toTensor()])
  const loader = createLoader(dataset, { transform, batchSize: 16, workers, cacheBytes: 0, onError: 'skip' })
  let read = 0
  for await (const { indices } of loader.epoch(0)) read += indices.length
  await loader.close()
  return { read, skipped: loader.skipped.length }
}

/** Opens files until no more can be. */
async function exhaust() {
  const files = []
  for (;;) {
    try {
      files.push(await open('/dev/null'))
    } catch {
      return () => Promise.all(files.map((file) => file.close()))
    }
  }
}

tell(
  'all at once',
  await outcomeOf(pickSamples(dataset, [...dataset.samples.keys()]).then(({ length }) => ({ read: length }))),
)
tell('before', await outcomeOf(load(0)))

let release = await exhaust()
setTimeout(release, 300)
tell('for a while', await outcomeOf(load(0)))
release = await exhaust()
setTimeout(release, 300)
tell('a folder for a while', await outcomeOf(ImageFolder(directory).then(({ samples }) => ({ read: samples.length }))))

release = await exhaust()
const [loaded, listed] = await Promise.all([outcomeOf(load(0)), outcomeOf(ImageFolder(directory))])
tell('for good', loaded)
tell('a folder for good', listed)
tell('workers', await outcomeOf(load(2)))
await release()

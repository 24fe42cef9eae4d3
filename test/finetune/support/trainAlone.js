// Trains a network of a size for a few steps in a process of its own, on the built library, and writes what came of it as
// JSON: `{ peak }` in bytes, or `{ code, message, facts, isUnchanged }`.
import { fineTune, loadBackbone, paramGroups, replaceHead, sgd } from '../../../dist/index.js'

const { width, imageSize, batchSize, images } = JSON.parse(process.argv[2])
const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize, width, classes: 3 })
const classes = ['blue', 'red']
const model = replaceHead(backbone, { classes })
const before = new Map(model.parameters.map((name) => [name, model.get(name).data.slice()]))
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
const train = {
  classes,
  samples: Array.from({ length: images }, (_, i) => ({ source: `${i}.png`, label: i % 2 })),
  read: async () => new Uint8Array(Buffer.from(png, 'base64')),
}
const optimizer = sgd(paramGroups(model, { lr: 1e-3 }))
const options = { train, epochs: 2, batchSize, optimizer, workers: 0, cacheBytes: 0, prefetch: 1, threads: 1 }
try {
  await fineTune(model, options)
  console.log(JSON.stringify({ peak: process.resourceUsage().maxRSS * 1024 }))
} catch ({ code, message, facts }) {
  const isUnchanged = model.parameters.every((name) =>
    model.get(name).data.every((value, i) => value === before.get(name)[i]),
  )
  console.log(JSON.stringify({ code, message, facts, isUnchanged }))
}

// The automatic recipe on subsets of a data set, as a table in Markdown: the accuracy of the head alone and of the recipe
// on images that no run has seen, means over seeds.
//
//   node bench/recipes.js DATA --weights FILE [--per-class 10,30,0] [--seeds 0,1,2] [--budget 12m] [--plain] [--heads]
//
// DATA has the folders train and test. --per-class: the images of each class, 0 for all. --plain: without the old
// classifier of the network. --heads: the heads alone.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  evaluate,
  fineTune,
  keepClassifier,
  loadBackbone,
  replaceHead,
  seededRandom,
  sharedClasses,
  subset,
} from '../dist/index.js'
import { ImageFolder } from '../dist/node.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backbone: { type: 'string', default: 'resnet18' },
    weights: { type: 'string', default: 'IMAGENET1K_V1' },
    'per-class': { type: 'string', default: '10,30,100,0' },
    seeds: { type: 'string', default: '0,1,2' },
    budget: { type: 'string', default: '12m' },
    plain: { type: 'boolean', default: false },
    heads: { type: 'boolean', default: false },
  },
})
const numbers = (text) => text.split(',').map(Number)
const [data] = positionals
const [all, test] = [await ImageFolder(join(data, 'train')), await ImageFolder(join(data, 'test'))]
const pretrained = await loadBackbone(values.backbone, { weights: values.weights })
const shared = values.plain ? [] : sharedClasses(pretrained, all.classes)
const backbone = shared.length > 0 ? keepClassifier(pretrained, { classes: shared }) : pretrained

console.log('| images a class | head | automatic recipe | minutes |\n|---|---|---|---|')
for (const perClass of numbers(values['per-class'])) {
  const runs = []
  for (const seed of numbers(values.seeds)) runs.push(await measure(perClass ? some(perClass, seed) : all, seed))
  const cell = (of) => `${list(runs.map(of))} (${mean(runs.map(of)).toFixed(3)})`
  const tuned = values.heads ? '' : cell(({ accuracy }) => accuracy)
  console.log(
    `| ${perClass || 'all'} | ${cell(({ head }) => head)} | ${tuned} | ${list(
      runs.map(({ seconds }) => seconds / 60),
      1,
    )} |`,
  )
}

/** Trains on a data set, and measures the head when it is there and the model at the end. */
async function measure(train, seed) {
  const model = replaceHead(backbone, { classes: train.classes, seed })
  const accuracyOf = async () => (await evaluate(model, test)).accuracy
  const length = values.heads ? { epochs: 0 } : { budget: values.budget }
  const run = fineTune(model, { recipe: 'auto', train, seed, ...length })
  let head
  for await (const event of run) if (event.type === 'stage' && event.stage === 'trial') head ??= await accuracyOf()
  const { seconds } = await run
  const accuracy = await accuracyOf()
  return { head: head ?? accuracy, accuracy, seconds }
}

/** Draws images of each class. */
function some(perClass, seed) {
  const indices = all.classes.flatMap((_, label) => {
    const ofClass = [...all.samples.keys()].filter((index) => all.samples[index].label === label)
    const random = seededRandom(seed, 'subset', label)
    for (let last = ofClass.length - 1; last > 0; last--) {
      const other = random.integer(0, last)
      ;[ofClass[last], ofClass[other]] = [ofClass[other], ofClass[last]]
    }
    return ofClass.slice(0, perClass)
  })
  return subset(
    all,
    indices.sort((a, b) => a - b),
  )
}

function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

function list(numbers, digits = 3) {
  return numbers.map((number) => number.toFixed(digits).replace(/^0/, '')).join(' ')
}

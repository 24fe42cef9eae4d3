// Recipes on subsets of a data set, as a table in Markdown: the accuracy of each on images that no run has seen, by seed,
// and the mean, with the minutes of the longest.
//
//   node bench/recipes.js DATA --weights FILE [--recipes lesson,default,fastai,head,lp-ft,lp-ft-ema,auto]
//                         [--per-class 10,30,100,0] [--seeds 0,1,2] [--budget 12m] [--plain] [--providers webgpu]
//
// DATA has the folders train and test. --per-class: the images of each class, 0 for all. --plain: without the old
// classifier of the network, which otherwise head and auto keep where it knows a class, as the command line does.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  evaluate,
  keepClassifier,
  loadBackbone,
  replaceHead,
  seededRandom,
  sharedClasses,
  subset,
} from '../dist/index.js'
import { ImageFolder } from '../dist/node.js'
import { recipes } from './recipes/recipes.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backbone: { type: 'string', default: 'resnet18' },
    weights: { type: 'string', default: 'IMAGENET1K_V1' },
    recipes: { type: 'string', default: Object.keys(recipes).join() },
    'per-class': { type: 'string', default: '10,30,100,0' },
    seeds: { type: 'string', default: '0,1,2' },
    budget: { type: 'string', default: '12m' },
    plain: { type: 'boolean', default: false },
    providers: { type: 'string', default: 'cpu' },
  },
})
const numbers = (text) => text.split(',').map(Number)
const names = values.recipes.split(',')
const executionProviders = values.providers.split(',')
const [data] = positionals
const [all, test] = [await ImageFolder(join(data, 'train')), await ImageFolder(join(data, 'test'))]
const pretrained = await loadBackbone(values.backbone, { weights: values.weights })
const shared = values.plain ? [] : sharedClasses(pretrained, all.classes)
const extended = shared.length > 0 ? keepClassifier(pretrained, { classes: shared }) : pretrained

console.log(`| images a class | ${names.join(' | ')} |\n|---|${'---|'.repeat(names.length)}`)
for (const perClass of numbers(values['per-class'])) {
  const cells = []
  for (const name of names) {
    const runs = []
    for (const seed of numbers(values.seeds)) runs.push(await measure(name, perClass, seed))
    const accuracies = runs.map(({ accuracy }) => accuracy)
    const minutes = Math.max(...runs.map(({ seconds }) => seconds)) / 60
    const mean = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length
    cells.push(`${accuracies.map(short).join(' ')} (${short(mean)}), ${minutes.toFixed(1)} min`)
  }
  console.log(`| ${perClass || 'all'} | ${cells.join(' | ')} |`)
}

/** Trains on a data set by a recipe, and measures the model at the end. */
async function measure(name, perClass, seed) {
  const train = perClass ? some(perClass, seed) : all
  const { keeps, run } = recipes[name]
  const model = replaceHead(keeps ? extended : pretrained, { classes: train.classes, seed })
  const begun = performance.now()
  await run(model, { train, seed, budget: values.budget, executionProviders })
  const seconds = (performance.now() - begun) / 1000
  return { accuracy: (await evaluate(model, test, { executionProviders })).accuracy, seconds }
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

function short(accuracy) {
  return accuracy.toFixed(3).replace(/^0/, '')
}

import { loadClassifier } from '../../dist/index.js'

const [file, image] = process.argv.slice(2)
const classifier = await loadClassifier(file, { worker: true, threads: 1 })
console.log(JSON.stringify(await classifier.classify(image)))

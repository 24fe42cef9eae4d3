/**
 * A server that trains in the background and classifies with the result.
 *
 *     npm run server -- --images DIR       # DIR/food/hotdog/*.jpg, DIR/food/not-hotdog/*.jpg, DIR/pets/...
 *
 *     curl localhost:3000/train -d '{"folder": "food", "epochs": 5}'
 *     curl -N localhost:3000/events                              progress, as server-sent events
 *     curl localhost:3000/classify --data-binary @lunch.jpg      once a run is done
 *     curl -X DELETE localhost:3000/train                        ends the run
 *
 * Training and classifying have threads of their own, so the server stays responsive. It listens on this machine only,
 * and has no authentication: run it behind a proxy that has. The limits on its clients are in limits.ts: sizes, times,
 * requests at once, the names that it answers to. Ctrl-C ends the run and then the server.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { loadBackbone } from 'onnx-finetune'
import { createApp } from './createApp.js'
import { Trainer } from './Trainer.js'

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '.' },
    weights: { type: 'string', default: 'IMAGENET1K_V1' },
    port: { type: 'string', default: '3000' },
  },
})

const trainer = new Trainer((signal) => loadBackbone('resnet18', { weights: values.weights, signal }))
const server = createApp(trainer, values.images)
server.listen(Number(values.port), '127.0.0.1')
await once(server, 'listening')
console.log(`http://localhost:${(server.address() as AddressInfo).port} trains on the folders in ${values.images}`)

await once(process, 'SIGINT')
await trainer.stop()
server.close()
server.closeAllConnections()
await trainer.classifier?.release()

import { join } from 'node:path'
import { type Random, seededRandom } from 'onnx-finetune'
import { anyColour, type Colour, near, rgb } from '../drawing/colour.js'
import { drawFolder } from '../drawing/drawFolder.js'
import { encode } from '../drawing/encode.js'
import { flat } from '../drawing/inks.js'
import { disc } from '../drawing/shapes.js'
import { type Bitmap, snapshot } from '../drawing/snapshot.js'

const SIDE = 64

/** Draws a ball in a fruit's colour on a ground of any colour, in changing light. */
const fruit =
  (colour: Colour) =>
  (random: Random): Bitmap =>
    snapshot(random, SIDE, SIDE, 0.5, (scene) => {
      scene.fill(flat(anyColour(random)))
      const place = { x: random.uniform(-0.4, 0.4), y: random.uniform(-0.4, 0.4), scale: random.uniform(0.4, 0.8) }
      scene.at(place).put(disc(1), flat(near(random, colour)), { round: 0.9, gloss: 0.3, shadow: 0.15 })
    })

const classes = { lemon: fruit(rgb(0xf0d228)), lime: fruit(rgb(0x5abe28)) }

/** Draws `count` lemons and as many limes, as `directory`/`name`/lemon/0000.png and so on. */
export async function drawFruit(directory: string, name: string, count: number): Promise<string> {
  const folder = join(directory, name)
  await drawFolder({ directory: folder, classes, count, seed: name })
  return folder
}

/** Returns a lime that is in none of the folders, as the bytes of a PNG file. */
export function newLime(): Promise<Uint8Array> {
  const { data, width, height } = classes.lime(seededRandom('new'))
  return encode(data, width, height)
}

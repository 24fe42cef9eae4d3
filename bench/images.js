import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Jimp } from 'jimp'

/** Fills a folder with photographs' sizes of smooth noise, as JPEG, in two classes; returns the folder. */
export async function drawImages(directory, count = 128, scale = 1) {
  const random = noise()
  for (const label of ['a', 'b']) mkdirSync(join(directory, label))
  for (let i = 0; i < count; i++) {
    const [width, height] = i % 3 === 0 ? [384 * scale, 512 * scale] : [512 * scale, 384 * scale]
    const coarse = new Jimp({ width: 16, height: 16, color: 0xff })
    const { data } = coarse.bitmap
    for (let at = 0; at < data.length; at++) if (at % 4 < 3) data[at] = 256 * random()
    await coarse.resize({ w: width, h: height }).write(join(directory, i % 2 ? 'a' : 'b', `${i}.jpg`))
  }
  return directory
}

/** Numbers from 0 up to 1, the same each time (Lehmer's generator). */
function noise(state = 1) {
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

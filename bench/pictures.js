import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Jimp } from 'jimp'

const COUNT = 128

/** Fills a folder with photographs' sizes of smooth noise, as JPEG, in two classes; returns the folder. */
export async function drawPictures(directory) {
  for (const label of ['a', 'b']) mkdirSync(join(directory, label))
  for (let i = 0; i < COUNT; i++) {
    const [width, height] = i % 3 === 0 ? [384, 512] : [512, 384]
    const coarse = new Jimp({ width: 16, height: 16, color: 0xff })
    const { data } = coarse.bitmap
    for (let at = 0; at < data.length; at++) if (at % 4 < 3) data[at] = Math.random() * 256
    await coarse.resize({ w: width, h: height }).write(join(directory, i % 2 ? 'a' : 'b', `${i}.jpg`))
  }
  return directory
}

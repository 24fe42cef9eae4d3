// Transforms of images with enormous sides, in a process of its own. Says what came out, and what memory it took.
import { centerCrop, compose, contactSheet, randomResizedCrop, resize, rgbImage } from '../../dist/index.js'

const random = { next: () => 0.5, uniform: (low, high) => (low + high) / 2, integer: (low) => low }
const row = rgbImage(new Uint8Array(30_000 * 3).fill(7), 1, 30_000)
const column = rgbImage(new Uint8Array(30_000 * 3).fill(7), 30_000, 1)
const long = rgbImage(new Uint8Array(2_000_000 * 3).fill(7), 1, 2_000_000)
const tall = rgbImage(new Uint8Array(2_000_000 * 3).fill(7), 2_000_000, 1)
const validation = compose([resize(256), centerCrop(224)])
const results = [
  validation.apply(row, random),
  validation.apply(column, random),
  validation.apply(long, random),
  validation.apply(tall, random),
  centerCrop(224).apply(long, random),
  centerCrop(224).apply(tall, random),
  randomResizedCrop(224, { scale: [1, 1] }).apply(long, random),
  randomResizedCrop(224, { scale: [1, 1] }).apply(tall, random),
  resize([224, 224]).apply(tall, random),
]
await contactSheet([long, tall, row, column])
const shapes = results.map(({ shape }) => shape.join(' x '))
process.stdout.write(JSON.stringify({ shapes, megabytes: process.resourceUsage().maxRSS / 1024 }))

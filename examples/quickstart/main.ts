/**
 * Everything in a minute, on images that it draws itself: a small ResNet learns lemons from limes.
 *
 *     npm run quickstart
 */
import { quickstart } from './quickstart.js'

await quickstart(console.log, { train: 60, validation: 40, epochs: 5 })

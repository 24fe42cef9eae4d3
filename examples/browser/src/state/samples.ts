import { call } from '../engine/engine.js'
import { addToClass, classNamed } from './actions.js'
import { busy, say } from './notices.js'

const PER_CLASS = 24

/** Draws images of foods: something to try everything with. */
export async function addSamples(): Promise<void> {
  let count = 0
  let stored = Promise.resolve()
  busy.value = 'Drawing …'
  try {
    await call('draw', PER_CLASS, {
      onProgress: (progress) => {
        if (progress.type !== 'drawn') return
        const { className, name, file } = progress.image
        busy.value = `Drawing ${++count} of ${3 * PER_CLASS} …`
        stored = stored.then(() => addToClass(classNamed(className).id, [{ name, file }]))
      },
    })
    await stored
    say('Three labels are wrong on purpose: “Clean” will find them.')
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  } finally {
    busy.value = undefined
  }
}

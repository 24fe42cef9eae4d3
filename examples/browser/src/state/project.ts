import type { Progress } from '../engine/calls.js'
import { call } from '../engine/engine.js'
import { download } from '../parts/download.js'
import { percent } from '../parts/numbers.js'
import { busy, say } from './notices.js'
import { goTo } from './route.js'
import { changes, classes, images, load, result, settings } from './store.js'

/** Offers everything as one file, which opens here, on the command line and in Node. */
export const saveProjectFile = (): Promise<void> =>
  occupied('Writing the project', async (onProgress) => {
    const request = {
      classes: classes.value,
      entries: [...images.value.values()],
      settings: settings.value,
      result: result.value,
      changes: changes.value,
    }
    download(await call('saveProject', request, { onProgress }), 'teach-it.finetune.zip')
  })

/** Opens a project file in the place of what is here. */
export async function openProjectFile(file: File): Promise<void> {
  const isInUse = images.value.size > 0
  if (isInUse && !confirm('Open it in place of the images and the classifier that are here?')) return
  await occupied('Opening the project', async (onProgress) => {
    await call('openProject', file, { onProgress })
    await load()
    goTo({ room: 'images' })
  })
}

type OnProgress = (progress: Progress) => void

async function occupied(what: string, work: (onProgress: OnProgress) => Promise<void>): Promise<void> {
  busy.value = `${what} …`
  try {
    await work((progress) => {
      if (progress.type === 'project') busy.value = `${what}, ${percent(progress.share)}`
    })
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  } finally {
    busy.value = undefined
  }
}

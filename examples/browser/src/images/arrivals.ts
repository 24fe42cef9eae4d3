import { imageFiles } from 'onnx-finetune/web'
import { plural } from '../parts/numbers.js'
import { addClass, addToClass, classNamed } from '../state/actions.js'
import { busy, say } from '../state/notices.js'

/** The number of images stored in one transaction: the first ones appear soon. */
const AT_ONCE = 200

/**
 * Adds the images that were dropped or chosen. Images in folders go to the class of their folder's name; loose ones to the
 * given class, or to a new one.
 */
export async function takeIn(source: FileList | DataTransfer, classId?: string): Promise<void> {
  const listing = imageFiles(source)
  busy.value = 'Reading files …'
  try {
    const { files, leftOut } = await listing
    // Without this, a browser that runs out of space may remove what it stored.
    void navigator.storage?.persist?.()
    if (files.length === 0) return say('There were no images in that.')
    const groups = new Map<string, File[]>()
    // Classes come in the order of their names, as in a folder opened by the library in Node.
    for (const { path, file } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
      const folder = classId ?? path.split('/').at(-2) ?? ''
      const group = groups.get(folder) ?? []
      group.push(file)
      groups.set(folder, group)
    }
    for (const [folder, group] of groups) await add(classId ?? classFor(folder), group)
    const others = leftOut.length > 0 ? ` ${plural(leftOut.length, 'other file')} left out.` : ''
    say(`${plural(files.length, 'image')} added.${others}`)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  } finally {
    busy.value = undefined
  }
}

const classFor = (folder: string): string => (folder ? classNamed(folder) : addClass('New class')).id

async function add(classId: string, files: readonly File[]): Promise<void> {
  for (let i = 0; i < files.length; i += AT_ONCE)
    await addToClass(
      classId,
      files.slice(i, i + AT_ONCE).map((file) => ({ name: file.name, file })),
    )
}

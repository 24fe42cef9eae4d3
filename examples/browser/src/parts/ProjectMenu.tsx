import { startOver } from '../state/actions.js'
import { say } from '../state/notices.js'
import { openProjectFile, saveProjectFile } from '../state/project.js'
import { goTo } from '../state/route.js'
import { classes } from '../state/store.js'
import { training } from '../state/training.js'
import { FileButton } from './FileButton.js'
import { Icon } from './Icon.js'
import { closeMenu, Menu } from './Menu.js'

/** The menu of what concerns the whole project. */
export function ProjectMenu() {
  if (classes.value.length === 0) return null
  return (
    <Menu label="Project" icon="more">
      <button
        type="button"
        onClick={(event) => {
          closeMenu(event)
          void saveProjectFile()
        }}
      >
        <Icon name="download" />
        Save the project
      </button>
      <FileButton kind="project" onFiles={(files) => openProjectFile(files[0]!)}>
        <Icon name="open" />
        Open a project …
      </FileButton>
      <button type="button" disabled={training.value !== undefined} onClick={clear}>
        <Icon name="remove" />
        Start over …
      </button>
    </Menu>
  )
}

async function clear(event: Event): Promise<void> {
  closeMenu(event)
  if (!confirm('Remove all images, classes and the trained classifier from this browser?')) return
  await startOver()
  goTo({ room: 'images' })
  say('Everything was removed.')
}

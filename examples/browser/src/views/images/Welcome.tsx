import { takeIn } from '../../images/arrivals.js'
import { FileButton } from '../../parts/FileButton.js'
import { Icon } from '../../parts/Icon.js'
import { addClass } from '../../state/actions.js'
import { busy } from '../../state/notices.js'
import { openProjectFile } from '../../state/project.js'
import { addSamples } from '../../state/samples.js'

/** The first view, without any class. */
export function Welcome() {
  return (
    <div class="welcome">
      <h1>Teach this page to tell images apart.</h1>
      <p class="lead">
        Give it some images of each kind. In seconds it learns, shows what it got wrong, and hands you a classifier that
        runs anywhere. Nothing leaves this device.
      </p>
      <div class="drop-target">
        <Icon name="images" />
        <p>
          <strong>Drop images or folders here</strong>
          <br />
          The name of a folder becomes the name of a class.
        </p>
        <div class="actions">
          <FileButton kind="folder" class="primary" onFiles={takeIn}>
            Choose a folder
          </FileButton>
          <button type="button" onClick={() => void addEmptyClasses()}>
            Name classes
          </button>
        </div>
      </div>
      <p class="aside">
        No images at hand?{' '}
        <button type="button" class="link" disabled={busy.value !== undefined} onClick={() => void addSamples()}>
          Draw some to play with
        </button>{' '}
        Or{' '}
        <FileButton kind="project" class="link" onFiles={(files) => openProjectFile(files[0]!)}>
          open a project
        </FileButton>
        .
      </p>
      <ol class="steps">
        <li>
          <strong>Images</strong> Files, folders or the camera.
        </li>
        <li>
          <strong>Train</strong> Seconds for a first answer, minutes for a better one.
        </li>
        <li>
          <strong>Clean</strong> It points at labels that look wrong.
        </li>
        <li>
          <strong>Try it</strong> With the camera, then take the file with you.
        </li>
      </ol>
    </div>
  )
}

function addEmptyClasses(): void {
  addClass('Class 1')
  addClass('Class 2')
}

import { download } from '../../parts/download.js'
import { Icon } from '../../parts/Icon.js'
import { say } from '../../state/notices.js'
import { saveProjectFile } from '../../state/project.js'
import { readValue } from '../../storage/database.js'

/** The downloads. */
export function TakeAway() {
  return (
    <section class="block take-away">
      <h2>Take it with you</h2>
      <p class="hint">
        One file that runs in every ONNX Runtime: in pages, on phones, on servers. Class names and preprocessing are in
        it. The project holds the images, their labels and the classifier: it opens here again, on the command line and
        in Node.
      </p>
      <div class="actions">
        <button type="button" onClick={() => void downloadClassifier()}>
          <Icon name="download" />
          Classifier (.onnx)
        </button>
        <button type="button" onClick={() => void saveProjectFile()}>
          <Icon name="download" />
          Project (.zip)
        </button>
      </div>
    </section>
  )
}

async function downloadClassifier(): Promise<void> {
  const bytes = await readValue('classifier')
  if (!bytes) return say('Train it first.')
  download(new Blob([bytes as BlobPart], { type: 'application/octet-stream' }), 'classifier.onnx')
}

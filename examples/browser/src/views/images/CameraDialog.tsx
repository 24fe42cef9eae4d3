import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { openCamera, stillOf } from '../../images/camera.js'
import { Dialog } from '../../parts/Dialog.js'
import { Icon } from '../../parts/Icon.js'
import { addToClass } from '../../state/actions.js'
import { imagesOf } from '../../state/store.js'
import type { ClassEntry } from '../../state/types.js'

/** Pauses between two images while the button is held. */
const PAUSE_MS = 150

export interface CameraDialogProps {
  readonly entry: ClassEntry
  readonly onClose: () => void
}

/** The camera: images are taken for as long as the button is held. */
export function CameraDialog({ entry, onClose }: CameraDialogProps) {
  const video = useRef<HTMLVideoElement>(null)
  const problem = useSignal<string | undefined>(undefined)
  const isRecording = useSignal(false)
  const taken = useSignal(0)
  useEffect(() => openCamera(video.current!, (message) => (problem.value = message)), [problem])

  const record = async () => {
    if (isRecording.value) return
    isRecording.value = true
    while (isRecording.value && video.current) {
      const file = await stillOf(video.current)
      const number = imagesOf(entry.id).length + 1
      await addToClass(entry.id, [{ name: `camera-${String(number).padStart(4, '0')}.jpg`, file }])
      taken.value++
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  const stop = () => {
    isRecording.value = false
  }
  useEffect(() => stop, [])
  return (
    <Dialog label={`Camera for ${entry.name}`} onClose={onClose}>
      <div class={`viewfinder${isRecording.value ? ' recording' : ''}`}>
        <video ref={video} muted playsInline autoPlay aria-label="Camera" />
        {problem.value && <p role="alert">{problem.value}</p>}
      </div>
      <div class="actions spread">
        <p role="status">{taken.value > 0 ? `${taken.value} taken` : 'Move it around while you record.'}</p>
        <button
          type="button"
          class="primary record"
          disabled={problem.value !== undefined}
          onPointerDown={record}
          onPointerUp={stop}
          onPointerLeave={stop}
          onPointerCancel={stop}
          onKeyDown={(event) => {
            if (event.key === ' ' || event.key === 'Enter') void record()
          }}
          onKeyUp={stop}
          onContextMenu={(event) => event.preventDefault()}
        >
          <Icon name="camera" />
          Hold to record
        </button>
      </div>
    </Dialog>
  )
}

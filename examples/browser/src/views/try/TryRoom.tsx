import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { openCamera } from '../../images/camera.js'
import { FileButton } from '../../parts/FileButton.js'
import { Icon } from '../../parts/Icon.js'
import { addressOf } from '../../state/route.js'
import { result } from '../../state/store.js'
import type { Answer } from '../../state/types.js'
import { classifyFile, watch } from './live.js'
import { Scores } from './Scores.js'
import { TakeAway } from './TakeAway.js'

/** The classifier at work: on the camera, or on an image. */
export function TryRoom() {
  return result.value ? <Trial /> : <Untrained />
}

function Untrained() {
  return (
    <>
      <h1>Try it</h1>
      <div class="empty-room">
        <p>There is nothing to try yet. Training takes a few seconds.</p>
        <a class="button primary" href={addressOf({ room: 'train' })}>
          Train
        </a>
      </div>
    </>
  )
}

function Trial() {
  const source = useSignal<'none' | 'camera' | File>('none')
  const answer = useSignal<Answer | undefined>(undefined)
  const problem = useSignal<string | undefined>(undefined)
  const show = async (file: File | undefined) => {
    if (!file) return
    source.value = file
    problem.value = undefined
    try {
      answer.value = await classifyFile(file)
    } catch {
      problem.value = 'This file is not an image that can be read.'
    }
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    void show(event.dataTransfer?.files[0])
  }
  return (
    <>
      <h1>Try it</h1>
      <div class="trial">
        <section class="stage" aria-label="Image" onDrop={drop}>
          {source.value === 'camera' ? (
            <Live
              onAnswer={(live) => {
                answer.value = live
              }}
              onProblem={(message) => {
                problem.value = message
              }}
            />
          ) : source.value === 'none' ? (
            <p class="empty">Drop an image here</p>
          ) : (
            <Shown file={source.value} />
          )}
          {problem.value && (
            <p class="problem" role="alert">
              {problem.value}
            </p>
          )}
        </section>
        <div class="answers">
          <Scores answer={answer.value} />
          <div class="actions">
            <FileButton kind="images" onFiles={(files) => show(files[0])}>
              <Icon name="images" />
              Choose an image
            </FileButton>
            <button
              type="button"
              onClick={() => {
                problem.value = undefined
                answer.value = undefined
                source.value = source.value === 'camera' ? 'none' : 'camera'
              }}
            >
              <Icon name="camera" />
              {source.value === 'camera' ? 'Stop the camera' : 'Use the camera'}
            </button>
          </div>
        </div>
      </div>
      <TakeAway />
    </>
  )
}

function Shown({ file }: { readonly file: File }) {
  const image = useRef<HTMLImageElement>(null)
  useEffect(() => {
    const url = URL.createObjectURL(file)
    image.current!.src = url
    return () => URL.revokeObjectURL(url)
  }, [file])
  return <img ref={image} alt={file.name} />
}

interface LiveProps {
  readonly onAnswer: (answer: Answer) => void
  readonly onProblem: (message: string) => void
}

function Live({ onAnswer, onProblem }: LiveProps) {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const turnOff = openCamera(video.current!, onProblem)
    const stop = watch(video.current!, onAnswer)
    return () => {
      stop()
      turnOff()
    }
  }, [])
  return <video ref={video} muted playsInline autoPlay aria-label="Camera" />
}

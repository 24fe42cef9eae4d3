/** The side of a still: more than networks look at. */
const SIDE = 320

/** Shows the camera in a video element. Returns the function that turns it off. */
export function openCamera(video: HTMLVideoElement, onProblem: (message: string) => void): () => void {
  let stream: MediaStream | undefined
  let isOver = false
  const turnOff = () => {
    for (const track of stream?.getTracks() ?? []) track.stop()
  }
  const wish = { video: { facingMode: 'environment', width: { ideal: 640 }, height: { ideal: 480 } } }
  Promise.resolve()
    .then(() => navigator.mediaDevices.getUserMedia(wish))
    .then((opened) => {
      stream = opened
      if (isOver) turnOff()
      else video.srcObject = opened
    })
    .catch(() => {
      if (!isOver) onProblem('The camera is not available. Allow it in the browser, or add files instead.')
    })
  return () => {
    isOver = true
    turnOff()
  }
}

/** Returns the middle square of what the camera sees, as a JPEG file. */
export async function stillOf(video: HTMLVideoElement): Promise<Blob> {
  const side = Math.min(video.videoWidth, video.videoHeight)
  const canvas = new OffscreenCanvas(SIDE, SIDE)
  const [x, y] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2]
  canvas.getContext('2d')!.drawImage(video, x, y, side, side, 0, 0, SIDE, SIDE)
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 })
}

import { useEffect, useState } from 'preact/hooks'
import { thumbnail } from '../storage/thumbnails.js'

export interface ThumbnailProps {
  readonly id: string
  /** The text for screen readers; empty if the same words are beside it. */
  readonly alt: string
}

/** A square of an image, shown once it is there. */
export function Thumbnail({ id, alt }: ThumbnailProps) {
  const [url, setUrl] = useState<string | undefined>(undefined)
  const [isBroken, setBroken] = useState(false)
  useEffect(() => {
    let isCurrent = true
    setBroken(false)
    thumbnail(id).then(
      (url) => isCurrent && setUrl(url),
      () => isCurrent && setBroken(true),
    )
    return () => {
      isCurrent = false
    }
  }, [id])
  if (isBroken) return <span class="thumbnail broken">Not readable</span>
  return url ? <img class="thumbnail" src={url} alt={alt} draggable={false} /> : <span class="thumbnail" />
}

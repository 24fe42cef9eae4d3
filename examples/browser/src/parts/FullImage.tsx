import { useEffect, useState } from 'preact/hooks'
import { readFile } from '../storage/images.js'

/** A whole image, as it was given. */
export function FullImage({ id, alt }: { readonly id: string; readonly alt: string }) {
  const [url, setUrl] = useState<string | undefined>(undefined)
  useEffect(() => {
    let made: string | undefined
    let isCurrent = true
    readFile(id).then(
      (file) => {
        if (!isCurrent) return
        made = URL.createObjectURL(file)
        setUrl(made)
      },
      () => {},
    )
    return () => {
      isCurrent = false
      if (made) URL.revokeObjectURL(made)
    }
  }, [id])
  return <div class="full-image">{url && <img src={url} alt={alt} />}</div>
}

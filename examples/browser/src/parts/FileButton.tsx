import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'

export interface FileButtonProps {
  readonly kind: 'images' | 'folder' | 'project'
  readonly class?: string
  readonly onFiles: (files: FileList) => void
  readonly children: ComponentChildren
}

/** A button that opens the choice of files. */
export function FileButton({ kind, class: style, onFiles, children }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null)
  const choose = (event: Event) => {
    const { files } = event.currentTarget as HTMLInputElement
    if (files?.length) onFiles(files)
    input.current!.value = ''
  }
  const accept = kind === 'project' ? '.zip' : 'image/*'
  return (
    <>
      <button type="button" class={style} onClick={() => input.current?.click()}>
        {children}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        multiple={kind !== 'project'}
        data-kind={kind}
        {...(kind === 'folder' ? { webkitdirectory: true } : { accept })}
        onChange={choose}
      />
    </>
  )
}

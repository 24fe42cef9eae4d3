const paths = {
  add: 'M12 5v14M5 12h14',
  camera: 'M4 8h3l2-2.5h6L17 8h3v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4',
  images: 'M4 5h16v14H4zM4 16l4.5-4.5 4 4L15 13l5 4M15.5 9.5h.01',
  folder: 'M3.5 6.5h6l2 2.5h9v9.5h-17z',
  remove: 'M5 7h14M10 7V5h4v2M7 7l.8 12h8.4L17 7M10.5 10.5v5M13.5 10.5v5',
  train: 'M4 18l5-6 4 3 7-9M15 6h5v5',
  clean: 'M5 12.5l4.5 4.5L19 7.5',
  try: 'M12 4v3M12 17v3M4 12h3M17 12h3M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6',
  back: 'M19 12H5M11 6l-6 6 6 6',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  open: 'M12 16V5M7 9.5l5-5 5 5M5 20h14',
  close: 'M6 6l12 12M18 6L6 18',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
} as const

export type IconName = keyof typeof paths

/** A drawing beside words: it says nothing to a screen reader. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

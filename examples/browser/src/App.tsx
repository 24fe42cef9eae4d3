import { useEffect } from 'preact/hooks'
import { Header, titles } from './parts/Header.js'
import { Toast } from './parts/Toast.js'
import { type Room, route } from './state/route.js'
import { classes, ready } from './state/store.js'
import { CleanRoom } from './views/clean/CleanRoom.js'
import { ImagesRoom } from './views/images/ImagesRoom.js'
import { PageDrop } from './views/images/PageDrop.js'
import { Welcome } from './views/images/Welcome.js'
import { TrainRoom } from './views/train/TrainRoom.js'
import { TryRoom } from './views/try/TryRoom.js'

const views: Readonly<Record<Room, () => preact.JSX.Element>> = {
  images: ImagesRoom,
  train: TrainRoom,
  clean: CleanRoom,
  try: TryRoom,
}

export function App() {
  const isNew = classes.value.length === 0
  useEffect(() => {
    document.title = isNew
      ? 'Teach it – an image classifier, trained in this page'
      : `${titles[route.value.room]} – Teach it`
  })
  const View = isNew ? Welcome : views[route.value.room]
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header showsRooms={!isNew} />
      <main id="main" tabIndex={-1}>
        {ready.value && <View />}
      </main>
      <PageDrop />
      <Toast />
    </>
  )
}

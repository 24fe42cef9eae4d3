import { render } from 'preact'
import './styles/index.css'
import { App } from './App.js'
import { workOffline } from './offline/register.js'
import { restore } from './state/store.js'

render(<App />, document.getElementById('app')!)
await restore()
await workOffline()

import { serveHost } from './serveHost.js'

serveHost()

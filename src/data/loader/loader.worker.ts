import { serveLoader } from './serveLoader.js'

serveLoader()

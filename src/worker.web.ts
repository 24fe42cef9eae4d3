/** The script of a page's workers: one for all kinds, which its first message tells. */
import { serveLoader } from './data/loader/serveLoader.js'
import { serveClassifier } from './deploy/serveClassifier.js'
import { beginWork } from './platform/web/beginning.js'
import { serveHost } from './session/host/serveHost.js'

beginWork({ host: serveHost, loader: serveLoader, classifier: serveClassifier })

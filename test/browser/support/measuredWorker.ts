/** The worker of the library, which also tells how much memory of WebAssembly and of the GPU it holds. */
import './measure.js'
import '../../../src/worker.web.js'

import { GraphBuilder, writeModel } from '../../dist/index.js'
import { openRuntime } from '../../dist/runtime/runtime.js'

const [runtimeName] = process.argv.slice(2)
const name = '\u001b]0;a title\u0007'
const g = new GraphBuilder()
g.input('x', 'float32', ['N'])
g.op('Reshape', ['x', g.ints(7)], {}, { outputs: ['y'], name })
g.output('y', 'float32', [7])
const runtime = await openRuntime(runtimeName, { threads: 1 })
const session = await runtime.createSession(writeModel(g.graph), 'reshaping')
const x = { type: 'float32', dims: [3], data: new Float32Array(3) }
await session.run({ x }, { y: null }).catch(({ message }) => process.stdout.write(message))

// What a page loads, compressed by gzip, without onnxruntime-web. "Our code" leaves out the dependencies.
const runtime = ['onnxruntime-web']
const dependencies = [
  'zod',
  '@bufbuild/protobuf',
  'ndarray',
  'pure-rand',
  '@petamoriken/float16',
  'flatbuffers',
  'd3-shape',
]

/** A training step, by which a GPU is tested before it is taken: a page without one does not load it. */
const onDemand = ['*/selfTest.js']

const limit = (name, limited, ignore, names) => ({
  name,
  path: 'dist/index.js',
  ...(names && { import: `{ ${names} }` }),
  ignore: [...runtime, ...ignore],
  gzip: true,
  limit: limited,
  // The paths of tsconfig.json are for Node.
  modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', tsconfigRaw: '{}' }),
})

export default [
  limit('loadClassifier, our code', '40 kB', [...dependencies, ...onDemand], 'loadClassifier'),
  limit('loadClassifier, with its dependencies', '90 kB', onDemand, 'loadClassifier'),
  limit('everything, our code, with what is loaded on demand', '289 kB', dependencies),
  limit('everything, with the dependencies', '352 kB', []),
]

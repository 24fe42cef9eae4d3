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
  limit('loadClassifier, our code', '32 kB', dependencies, 'loadClassifier'),
  limit('loadClassifier, with its dependencies', '80 kB', [], 'loadClassifier'),
  limit('everything, our code, with what is loaded on demand', '140 kB', dependencies),
  limit('everything, with the dependencies', '205 kB', []),
]

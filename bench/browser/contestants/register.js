// Every contestant: its name, the processor that computes, the module, and the backend that the module is asked for.
// `base`: the one of the same processor that the others are compared with.
const load = {
  ours: () => import('./ours.js'),
  official: () => import('./official.js'),
  tensorflow: () => import('./tensorflow.js'),
  jax: () => import('./jax.js'),
}

export const contestants = [
  { name: 'onnx-finetune, WASM', on: 'cpu', base: true, load: load.ours, backend: 'wasm' },
  { name: 'onnxruntime-web 1.19.2 (training build), WASM', on: 'cpu', load: load.official },
  { name: 'jax-js 0.1.25, WASM', on: 'cpu', load: load.jax, backend: 'wasm' },
  { name: 'TensorFlow.js 4.22, WASM', on: 'cpu', load: load.tensorflow, backend: 'wasm' },
  { name: 'TensorFlow.js 4.22, CPU', on: 'cpu', load: load.tensorflow, backend: 'cpu' },
  { name: 'onnx-finetune, WebGPU', on: 'gpu', base: true, load: load.ours, backend: 'webgpu' },
  { name: 'jax-js 0.1.25, WebGPU', on: 'gpu', load: load.jax, backend: 'webgpu' },
  { name: 'TensorFlow.js 4.22, WebGPU', on: 'gpu', load: load.tensorflow, backend: 'webgpu' },
  { name: 'TensorFlow.js 4.22, WebGL', on: 'gpu', load: load.tensorflow, backend: 'webgl' },
]

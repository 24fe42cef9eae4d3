/**
 * Functions that need a page.
 *
 * @module onnx-finetune/web
 */

export type { RuntimeFiles } from './platform/web/runtimeFiles.js'
export { setRuntimeFiles } from './platform/web/setRuntimeFiles.js'

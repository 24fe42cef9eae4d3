export { default as transform } from './noise.js'

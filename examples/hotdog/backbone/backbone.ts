/** The weights beside this file: see README.md there. */
export const backboneFile = new URL('backbone.safetensors', import.meta.url)

/** The width of the network, and the side of its pictures in pixels. */
export const backboneSizes = { width: 16, imageSize: 64 }

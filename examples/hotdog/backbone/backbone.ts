/** The weights beside this file: see README.md there. */
export const backboneFile = new URL('backbone.safetensors', import.meta.url)

/** How narrow the network is, and the side of its pictures in pixels. */
export const backboneSizes = { width: 16, imageSize: 64 }

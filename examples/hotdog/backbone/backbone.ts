/** The weights beside this file: see README.md there. */
export const backboneFile = new URL('backbone.safetensors', import.meta.url)

/** The channels of the network's first stage, and the side of its images in pixels. */
export const backboneSizes = { width: 16, imageSize: 64 }

import { backboneWeights } from '../../index.js'
import { command } from '../options/Command.js'
import { definitions } from '../terminal/layout.js'

export const models = command({
  name: 'models',
  summary: 'list the networks that --backbone takes by name, and their published weights',
  positionals: [],
  options: {},
  examples: [{ line: 'models --json', says: 'with the addresses and hashes of the files' }],
  async run({ out }) {
    const data = backboneWeights.map(({ backbone, name, licence, files, preprocessing }) => ({
      backbone,
      weights: name,
      imageSize: preprocessing.crop,
      licence,
      files,
    }))
    out.result(data, () =>
      definitions(
        data.map(({ backbone, weights, imageSize, licence }) => [
          backbone,
          `${weights}, images of ${imageSize} x ${imageSize}, ${licence}`,
        ]),
        out.width,
      ),
    )
    return 0
  },
})

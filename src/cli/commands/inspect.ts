import { command } from '../options/Command.js'

export const inspect = command({
  name: 'inspect',
  summary: 'tell what a model, a file of weights or a folder of images holds',
  positionals: [
    {
      placeholder: 'PATH',
      summary:
        'an .onnx, safetensors or PyTorch file, a checkpoint, a directory of training artifacts, or a folder of images (each image is decoded)',
      completion: 'file',
    },
  ],
  options: {},
  examples: [
    { line: 'inspect classifier.onnx', says: 'inputs, outputs, operators, classes, preprocessing' },
    { line: 'inspect resnet18.safetensors', says: 'tensors, and the network that they are of' },
    { line: 'inspect photos', says: 'classes and sizes of the images, which cannot be read, which are there twice' },
  ],
  async run({ args: [path], out, signal }) {
    const { describe } = await import('../inspect/describe.js')
    const { render } = await import('../inspect/Description.js')
    const found = await describe(path!, out, signal)
    const data = found.map((description) => description.data)
    out.result(data.length === 1 ? data[0] : data, () =>
      found.flatMap((description, i) => [...(i > 0 ? [''] : []), ...render(description, out.width)]),
    )
    return 0
  },
})

import { command } from '../options/Command.js'
import { flag, text } from '../options/options.js'

export const inspect = command({
  name: 'inspect',
  summary: 'tell what a model, a file of weights or a folder of images holds',
  positionals: [
    {
      placeholder: 'PATH',
      summary:
        'an .onnx, safetensors or PyTorch file, a checkpoint, a project, a directory of training artifacts, or a folder of images (each image is decoded)',
      completion: 'file',
    },
  ],
  options: {
    labels: flag('list the images whose labels are likely wrong instead, by a network with --weights', {}),
    weights: text('with --labels: IMAGENET1K_V1 (downloaded once), or a safetensors, .pth or .onnx file', {
      placeholder: 'NAME|FILE',
      default: 'IMAGENET1K_V1',
      completion: 'file',
    }),
  },
  examples: [
    { line: 'inspect classifier.onnx', says: 'inputs, outputs, operators, classes, preprocessing' },
    { line: 'inspect resnet18.safetensors', says: 'tensors, and the network that they are of' },
    { line: 'inspect photos', says: 'classes and sizes of the images, which cannot be read, which are there twice' },
    { line: 'inspect photos --labels', says: 'images whose labels are likely wrong, the worst first' },
  ],
  async run({ args: [path], options, out, signal }) {
    const { describe } = await import('../inspect/describe.js')
    const { describeLabels } = await import('../inspect/describeLabels.js')
    const { render } = await import('../inspect/Description.js')
    const found = options.labels
      ? [await describeLabels(path!, options.weights, out, signal)]
      : await describe(path!, out, signal)
    const data = found.map((description) => description.data)
    out.result(data.length === 1 ? data[0] : data, () =>
      found.flatMap((description, i) => [...(i > 0 ? [''] : []), ...render(description, out.width)]),
    )
    return 0
  },
})

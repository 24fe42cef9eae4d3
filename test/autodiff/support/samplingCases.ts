import { float32, int64, type Tensor } from '../../../src/onnx/graph/tensor.js'
import { thorough } from '../../support/thorough.js'
import { type RuleCase, x } from './ruleCase.js'

const scales = (...values: number[]) => float32(values, [values.length])

/** Pad with elements of its input. */
export const padding: readonly RuleCase[] = [
  ...['reflect', 'edge', 'wrap'].flatMap((mode): RuleCase[] => [
    {
      name: `Pad, ${mode}`,
      opType: 'Pad',
      inputs: [x(2, 1, 4, 3), int64([0, 0, 2, 1, 0, 0, 3, 2])],
      attributes: { mode },
      output: [2, 1, 9, 6],
      opset: 19,
      uses: ['MatMul', 'MatMul'],
    },
    {
      name: `Pad, ${mode}, along axes`,
      opType: 'Pad',
      inputs: [x(2, 3, 2, 2), int64([1, 0, 1, 2]), undefined, int64([-1, 1])],
      attributes: { mode },
      output: [2, 5, 2, 4],
      opset: 19,
    },
  ]),
  {
    name: 'Pad, edge, that cuts',
    opType: 'Pad',
    inputs: [x(2, 5), int64([0, -1, 0, 2])],
    attributes: { mode: 'edge' },
    output: [2, 6],
  },
]

const resized = (
  name: string,
  factors: Tensor<'float32'>,
  attributes: Record<string, string | number>,
  output: number[],
  opset = 17,
): RuleCase => ({
  name: `Resize, ${name}`,
  opType: 'Resize',
  inputs: [x(2, 2, 3, 4), undefined, factors],
  attributes,
  trained: [0],
  output,
  opset,
})

const coordinates = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric']
const smaller = (mode: string, exclude_outside: number, coordinate_transformation_mode = 'half_pixel'): RuleCase => ({
  name: `Resize, ${mode}, made smaller without aliases, ${exclude_outside}, ${coordinate_transformation_mode}`,
  opType: 'Resize',
  inputs: [x(2, 2, 7, 5), undefined, undefined, int64([2, 2, 3, 4])],
  attributes: { mode, antialias: 1, exclude_outside, coordinate_transformation_mode },
  output: [2, 2, 3, 4],
  opset: 18,
})

/** Resize in its modes and coordinates. */
export const resizing: readonly RuleCase[] = [
  resized(
    'nearest of torch',
    scales(1, 1, 2, 2),
    { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    [2, 2, 6, 8],
  ),
  resized(
    'nearest, made smaller',
    scales(1, 1, 0.7, 0.5),
    { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    [2, 2, 2, 2],
  ),
  resized(
    'bilinear of torch',
    scales(1, 1, 2, 2),
    { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
    [2, 2, 6, 8],
  ),
  resized(
    'bilinear, scales no whole numbers',
    scales(1, 1, 1.7, 1.5),
    { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' },
    [2, 2, 5, 6],
  ),
  resized(
    'bilinear, one axis',
    scales(1, 1, 2, 1),
    { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
    [2, 2, 6, 4],
  ),
  ...coordinates.map((coordinate_transformation_mode) =>
    resized(
      `cubic, ${coordinate_transformation_mode}`,
      scales(1, 1, 1.7, 2),
      { mode: 'cubic', coordinate_transformation_mode },
      [2, 2, 5, 8],
    ),
  ),
  ...(thorough ? coordinates : ['half_pixel']).map((coordinate_transformation_mode) =>
    resized(
      `cubic, ${coordinate_transformation_mode}, made smaller, nothing outside`,
      scales(1, 1, 0.7, 0.5),
      { mode: 'cubic', coordinate_transformation_mode, cubic_coeff_a: -0.5, exclude_outside: 1 },
      [2, 2, 2, 2],
    ),
  ),
  ...['linear', 'cubic'].flatMap((mode) => [
    smaller(mode, 1),
    smaller(mode, 0),
    ...(thorough ? [smaller(mode, 0, 'align_corners'), smaller(mode, 1, 'asymmetric')] : []),
  ]),
  resized('without aliases, made larger', scales(1, 1, 2, 1.5), { mode: 'linear', antialias: 1 }, [2, 2, 6, 6], 18),
  {
    name: 'Resize of volumes',
    opType: 'Resize',
    inputs: [x(2, 1, 2, 2, 3), undefined, scales(1, 1, 2, 2, 2)],
    attributes: { mode: 'linear' },
    trained: [0],
    output: [2, 1, 4, 4, 6],
  },
  {
    name: 'Resize of some axes',
    opType: 'Resize',
    inputs: [x(2, 2, 3, 4), undefined, scales(2, 1.7)],
    attributes: { mode: 'cubic', axes: [3, 2] },
    trained: [0],
    output: [2, 2, 5, 8],
    opset: 18,
  },
  {
    name: 'Resize of rows',
    opType: 'Resize',
    inputs: [x(2, 3, 4), undefined, scales(1, 1, 2)],
    attributes: { mode: 'linear' },
    trained: [0],
    output: [2, 3, 8],
  },
  {
    name: 'Resize to sizes, corners aligned',
    opType: 'Resize',
    inputs: [x(2, 2, 3, 4), undefined, undefined, int64([2, 2, 5, 7])],
    attributes: { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
    output: [2, 2, 5, 7],
    uses: ['MatMul', 'MatMul'],
  },
]

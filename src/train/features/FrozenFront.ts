import type { Tensor } from '../../onnx/tensor.js'
import type { TrainingSession } from '../../session/TrainingSession.js'

/** The frozen front of a model, in a session whose evaluation model puts the features out. */
export class FrozenFront {
  constructor(
    private readonly session: TrainingSession,
    private readonly input: string,
    private readonly features: readonly string[],
  ) {}

  /**
   * @param images float32 [n, 3, height, width]; their memory is handed over, as is that of the labels
   * @returns float32 [n, ...] by name
   */
  async run(images: Tensor, labels: Tensor): Promise<Record<string, Tensor<'float32'>>> {
    const outputs = await this.session.evalStep({ [this.input]: images, labels }, { transfer: true })
    return Object.fromEntries(this.features.map((name) => [name, outputs[name] as Tensor<'float32'>]))
  }

  release(): Promise<void> {
    return this.session.release()
  }
}

/** The help that `npm run hotdog -- --help` prints. */
export const USAGE = `Hot dog or not: fine-tunes a pretrained network, and shows what the pretraining is worth.

  npm run hotdog                                    a small network on drawn images, offline: fine-tuned and from scratch
  npm run hotdog -- --download                      ImageNet's ResNet-18 on the lesson's photographs (300 MB, kept)
  npm run hotdog -- --data DIR --weights FILE       the same with files that are there

Where images and weights come from
  --data DIR        folder with train/ and test/, each with a folder of images for every class
  --weights FILE    ResNet-18, safetensors or PyTorch file with torchvision's names
  --download        fetch what of the two is not given
  --images N      drawn images of each class to train on (20)

What is trained
  --scratch         begin with random weights, whatever --weights says, at one learning rate for all layers
  --compare         both: pretrained and from scratch (drawn images: the default)
  --reuse-row       begin the head's hot-dog row with that of ImageNet's class 934
  --freeze LAYER    keep everything up to that layer as it is: conv1, layer1 ... layer4 (the pretrained run)

How
  --epochs N        passes over the training images (5; drawn images: 10)
  --batch N         images per step (128; drawn images: 16)
  --lr X            learning rate, for a summed loss (5e-5, from scratch 5e-4; drawn images: 6e-4, from scratch 1.2e-3)
  --head-lr X       learning rate of the head in the pretrained run (ten times the other; drawn images: three times)
  --weight-decay X  share of each weight that is added to its gradient (1e-3)
  --seed N          decides images, head, shuffling and augmentation (0)
  --threads N       threads of the arithmetic (all processors)

What comes out
  --save FILE       trained weights, of two runs the pretrained one's (hotdog.safetensors; drawn images: beside them)
  --report FILE     the run as an HTML file; of two runs the second as FILE-scratch
  --json            one JSON object a line instead of text
  --help            this text`

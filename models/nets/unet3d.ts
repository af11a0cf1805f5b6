import type { Tensor5D } from '@tensorflow/tfjs';
import type { Runtime } from '../runtime/types';
import { makeUNet, type UNet, type UNetOptions } from './unet-layout';

export type { Normalisation, UNet, UNetOptions } from './unet-layout';

/** The same network for blocks of a volume: [N, D, H, W, C], each side divisible by 2 ** depth (the paper's Table XV). */
export const createUNet3D = (runtime: Runtime, options: UNetOptions): UNet => {
  const { tf } = runtime;
  return makeUNet(runtime, options, {
    space: 3,
    convolve: (x, kernel) => tf.conv3d(x as Tensor5D, kernel as Tensor5D, 1, 'same'),
    pool: (x) => tf.maxPool3d(x as Tensor5D, 2, 2, 'same'),
    unpool: (x, kernel, like) => {
      const [n, d, h, w] = like.shape as [number, number, number, number, number];
      return tf.conv3dTranspose(
        x as Tensor5D,
        kernel as Tensor5D,
        [n, d, h, w, kernel.shape[3] as number],
        2,
        'same',
      );
    },
  });
};

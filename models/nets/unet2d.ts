import type { Tensor4D } from '@tensorflow/tfjs';
import type { Runtime } from '../runtime/types';
import { makeUNet, type UNet, type UNetOptions } from './unet-layout';

export type { Normalisation, UNet, UNetOptions } from './unet-layout';

/** The paper's backbone for axial slices: [N, H, W, C], H and W divisible by 2 ** depth. 31 million parameters at width 64. */
export const createUNet2D = (runtime: Runtime, options: UNetOptions): UNet => {
  const { tf } = runtime;
  return makeUNet(runtime, options, {
    space: 2,
    convolve: (x, kernel) => tf.conv2d(x as Tensor4D, kernel as Tensor4D, 1, 'same'),
    pool: (x) => tf.maxPool(x as Tensor4D, 2, 2, 'same'),
    unpool: (x, kernel, like) => {
      const [n, h, w] = like.shape as [number, number, number, number];
      return tf.conv2dTranspose(
        x as Tensor4D,
        kernel as Tensor4D,
        [n, h, w, kernel.shape[2] as number],
        2,
        'same',
      );
    },
  });
};

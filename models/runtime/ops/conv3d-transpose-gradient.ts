import type { Tensor, Tensor4D, Tensor5D } from '@tensorflow/tfjs';
import type { Tensorflow } from '../types';

type Strides = [number, number, number];

/**
 * The library has no gradient for `conv3dTranspose`. A transposed convolution is the gradient of a convolution with
 * regard to its input, so its own gradients are that convolution and the gradient with regard to the filter.
 */
export const registerConv3dTransposeGradient = (tf: Tensorflow): void => {
  if (tf.getGradient('Conv3DBackpropInputV2')) return;
  tf.registerGradient({
    kernelName: 'Conv3DBackpropInputV2',
    inputsToSave: ['dy', 'filter'],
    gradFunc: (upstream, saved, attributes) => {
      const [dy, filter] = saved as [Tensor5D, Tensor5D];
      const { strides, pad } = attributes as unknown as { strides: Strides; pad: 'same' | 'valid' };
      const ddx = upstream as Tensor5D;
      return {
        dy: () => tf.conv3d(ddx, filter, strides, pad),
        filter: () =>
          tf
            .engine()
            .runKernel<Tensor4D>(
              'Conv3DBackpropFilterV2',
              { x: ddx, dy },
              { strides, pad, filterShape: filter.shape },
            ) as unknown as Tensor,
      };
    },
  });
};

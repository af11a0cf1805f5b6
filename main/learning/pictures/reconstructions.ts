import type { Reconstruction } from '../../../models/train/pretrain-config';
import { percentiles } from '../preprocess/intensity';
import { encodePng, greyOf, pngDataUrl } from '../../pictures/png';

const channelOf = (values: Float32Array, channels: number, channel: number): Float32Array =>
  channels === 1
    ? values
    : Float32Array.from({ length: values.length / channels }, (_, i) => values[i * channels + channel]);

/** Pictures of what pretraining does: original, masked and reconstructed slice, all in the window of the original. */
export function reconstructionPictures(
  reconstructions: readonly Reconstruction[],
): { original: string; masked: string; reconstructed: string }[] {
  return reconstructions.slice(0, 3).map(({ size, channels, original, masked, reconstructed }) => {
    const first = channelOf(original, channels, 0);
    const [low, high] = percentiles(first, [0.005, 0.995]);
    const picture = (values: Float32Array): string =>
      pngDataUrl(encodePng(greyOf(channelOf(values, channels, 0), low, high), size, size, 1));
    return { original: picture(original), masked: picture(masked), reconstructed: picture(reconstructed) };
  });
}

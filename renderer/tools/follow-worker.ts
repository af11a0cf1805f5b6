import { followCorrections, type FollowInput } from '../../main/imaging/mask/follow';

/** Has a proposal follow corrections away from the window's thread. Answers with the mask. */
self.onmessage = ({ data }: MessageEvent<FollowInput>): void => {
  const mask = followCorrections(data);
  self.postMessage(mask, { transfer: [mask.buffer] });
};

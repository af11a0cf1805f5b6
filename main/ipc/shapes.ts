/** The shapes that arguments from the window must have. */
import { z } from 'zod';
import type { Edit, JobId, ModelId, SegmentInfo, VolumeId } from '../../preload/api';
import type { Flips } from '../imaging/mask/flips';

const hexId = /^[0-9a-f]{16,64}$/;

export const volumeId = z.string().regex(hexId) as unknown as z.ZodType<VolumeId>;
export const archiveId = z.string().regex(/^[0-9a-f]{32}$/);
export const jobId = z.string().regex(/^[\w-]{1,80}$/) as unknown as z.ZodType<JobId>;
export const modelId = z.string().regex(/^[\w-]{1,120}$/) as unknown as z.ZodType<ModelId>;
export const profileId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^/\\\0]+$/);
export const segmentId = z.string().min(1).max(100);
/** A path that a chooser or a drop gave. NUL would cut it short in the system's calls. */
export const path = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\0]+$/);
export const count = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31);

const name = z.string().min(1).max(200);

/** Runs of [start, length], ascending and disjoint; whether they fit the grid is the annotation's to check. */
export const flips: z.ZodType<Flips> = z.custom<Flips>((value) => {
  if (!(value instanceof Uint32Array) || value.length % 2 !== 0) return false;
  let end = 0;
  for (let r = 0; r < value.length; r += 2) {
    if (value[r] < end || value[r + 1] === 0 || value[r] + value[r + 1] > 0xffffffff) return false;
    end = value[r] + value[r + 1];
  }
  return true;
}, 'Flips are ascending, disjoint runs.');

const byte = z.number().min(0).max(255);

export const segmentInfo: z.ZodType<SegmentInfo> = z.strictObject({
  id: segmentId,
  name,
  color: z.tuple([byte, byte, byte]),
  generation: z.enum(['MANUAL', 'SEMIAUTOMATIC', 'AUTOMATIC']),
  code: z
    .strictObject({ value: z.string().max(64), scheme: z.string().max(64), meaning: z.string().max(200) })
    .optional(),
  locked: z.boolean(),
});

export const edit: z.ZodType<Edit> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('flip'),
    name,
    segmentId,
    flips,
    reviewedSlices: z.array(count).max(100_000),
    modelId: modelId.optional(),
  }),
  z.strictObject({ kind: z.literal('add-segment'), name, segment: segmentInfo, mask: flips }),
  z.strictObject({ kind: z.literal('remove-segment'), name, segment: segmentInfo, mask: flips }),
  z.strictObject({ kind: z.literal('describe-segment'), name, before: segmentInfo, after: segmentInfo }),
]);

export const nothing = z.tuple([]);

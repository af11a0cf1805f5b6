import { sameGrid, type VolumeGeometry } from '../../imaging/space/geometry';
import type { VolumeId } from '../../../preload/api';
import type { CaseRef, ChannelRef } from '../jobs/spec';
import { comparableName } from '../profiles';
import { channelKey } from '../volumes/open';

/** What learning needs to know of a volume of the archive. */
export interface ArchiveVolume {
  readonly id: VolumeId;
  readonly patient: string;
  readonly study: string;
  readonly modality: string;
  readonly description: string;
  readonly frameOfReference: string | null;
  readonly geometry: VolumeGeometry | null;
  readonly usable: boolean;
  /** Changes with the volume's files. */
  readonly signature: string;
}

/** One case of a profile: the volume that contours are drawn on, and those that go in with it. */
export interface CohortCase {
  /** The first channel's volume; its ID is the case's. */
  readonly volume: ArchiveVolume & { readonly geometry: VolumeGeometry };
  readonly ref: CaseRef;
}

/** Comparable scans of an archive. */
export interface Cohort {
  readonly id: string;
  readonly name: string;
  readonly channels: readonly string[];
  readonly cases: readonly CohortCase[];
}

type Placed = CohortCase['volume'];

const isPlaced = (volume: ArchiveVolume): volume is Placed => volume.usable && volume.geometry !== null;

/** How a job names a volume. */
export const channelOf = ({ id, signature }: ArchiveVolume): ChannelRef => ({
  source: { kind: 'archive', volumeId: id },
  key: channelKey(id, signature),
});

export const profileIdOf = (channels: readonly string[]): string =>
  channels.map((name) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-')).join('+');

/** Whether two volumes of one patient show the same space: one frame of reference, or one grid where none is named. */
const together = (a: Placed, b: Placed): boolean =>
  a.frameOfReference !== null && b.frameOfReference !== null
    ? a.frameOfReference === b.frameOfReference
    : sameGrid(a.geometry, b.geometry, 0.05);

/** Fewer patients than this make no profile of several channels: one channel then has more to learn from. */
const fewest = 2;

/** Profiles of several channels that are offered where patients have both, first channel first. */
const pairs = [['CT', 'PET']] as const;

/** The profiles of an archive: one for every kind of scan, and pairs that are read together. Largest first. */
export function cohortsOf(volumes: Iterable<ArchiveVolume>): Cohort[] {
  const kinds = new Map<string, Placed[]>();
  for (const volume of volumes) {
    if (!isPlaced(volume) || volume.geometry.size.some((n) => n < 2)) continue;
    const name = comparableName(volume.modality, volume.description);
    listed(kinds, name).push(volume);
  }
  const cohorts = [...kinds].map(([name, members]) =>
    cohort(
      [name],
      members.map((volume) => ({ volume, others: [] })),
    ),
  );
  for (const [first, second] of pairs) {
    const partners = new Map<string, Placed[]>();
    for (const volume of kinds.get(second) ?? []) listed(partners, volume.patient).push(volume);
    const both = (kinds.get(first) ?? []).flatMap((volume) => {
      const partner = partners.get(volume.patient)?.find((other) => together(volume, other));
      return partner ? [{ volume, others: [partner] }] : [];
    });
    if (new Set(both.map(({ volume }) => volume.patient)).size >= fewest)
      cohorts.push(cohort([first, second], both));
  }
  return cohorts.sort((a, b) => a.channels.length - b.channels.length || b.cases.length - a.cases.length);
}

/** The list of a key, begun where there is none: copied lists would make large archives slow. */
function listed<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function cohort(
  channels: readonly string[],
  members: readonly { readonly volume: Placed; readonly others: readonly Placed[] }[],
): Cohort {
  return {
    id: profileIdOf(channels),
    name: channels.join(' + '),
    channels,
    cases: members.map(({ volume, others }) => ({
      volume,
      ref: {
        id: volume.id,
        patient: volume.patient,
        channels: [volume, ...others].map(channelOf),
      },
    })),
  };
}

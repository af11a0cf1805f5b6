import { untrack } from 'svelte';
import type { NextCase, VolumeId } from '../../preload/api';
import { t } from '../i18n/message.svelte';
import { annotation } from './annotation.svelte';
import { archive } from './archive.svelte';
import { Closing } from './closing';
import { following } from './following.svelte';
import { fusion } from './fusion.svelte';
import { layout } from './layout.svelte';
import { learning } from './learning.svelte';
import { notice } from './notice.svelte';
import { preferences } from './preferences.svelte';
import { proposal } from './proposal.svelte';
import { spread } from './spread.svelte';
import { toolSettings } from './tool-settings.svelte';
import { trial } from './trial.svelte';
import { views } from './views.svelte';
import { volume } from './volume.svelte';

/** Starts what the window keeps up to date. */
export function start(): void {
  preferences.start();
  proposal.start();
  following.start();
  const closing = new Closing(
    annotation.queue,
    () => window.close(),
    (sentence) => notice.say(sentence),
  );
  window.addEventListener('beforeunload', (event) => closing.before(event));
  void archive
    .start()
    .then(() => learning.start())
    .then(revive);
  archive.onOther(closeCase);
  // Colour leaves the first scan where the second stands beside it, and comes back.
  $effect.root(() => {
    $effect(() => {
      void layout.panes.includes('second');
      void untrack(() => fusion.draw());
    });
  });
  // What there is to learn from follows what was found, a moment after the last change.
  $effect.root(() => {
    $effect(() => {
      void archive.patients;
      const later = setTimeout(() => void learning.refresh(), 500);
      return () => clearTimeout(later);
    });
  });
}

/** Goes on where the window was when its process ended. */
async function revive(): Promise<void> {
  const revival = await window.studio.app.revival().catch(() => null);
  if (revival === null) return;
  if (revival.volumeId !== null) await openCase(revival.volumeId);
  toolSettings.say(t('app.revived'), 60_000);
}

/** Takes from the window what belongs to the open case; what was changed and waits for the disk is still written. */
function closeWork(): void {
  annotation.close();
  proposal.clear();
  spread.clear();
  fusion.clear();
}

/**
 * Closes the open case. Where another archive was opened this must be: volumes of two archives may have one name,
 * so that the picture of one patient would stand under the name, and take the contours, of another.
 */
export function closeCase(): void {
  views.play(false);
  volume.close();
  trial.close();
  closeWork();
}

/** Opens a volume: its image, its segments and what a model suggests for it. */
export async function openCase(id: VolumeId): Promise<void> {
  if (volume.current?.info.id === id && volume.opening === null) return;
  const loaded = await volume.open(id, {
    first: (first) => {
      closeWork();
      return views.show(first);
    },
    more: (more, from, to) => views.arrived(more, from, to),
  });
  if (!loaded) return;
  views.settle(loaded);
  toolSettings.thresholdFor(loaded.info.range);
  void learning.follow(loaded.info.modality);
  await annotation.open(id);
  if (volume.current?.info.id === id) void fusion.hang();
  await proposal.load(id);
}

/** Opens what is most worth a look, at the slice that is. */
export async function openNext(next: NextCase): Promise<void> {
  await openCase(next.volumeId);
  if (next.slice !== null) views.goToScanSlice(next.slice);
}

import { t } from '../i18n/message.svelte';
import { annotation } from '../state/annotation.svelte';
import { archive } from '../state/archive.svelte';
import { dialogs } from '../state/dialogs.svelte';
import { sentenceOf } from '../state/failure';
import { fusion } from '../state/fusion.svelte';
import { layout } from '../state/layout.svelte';
import { learning } from '../state/learning.svelte';
import { preferences, type Layout } from '../state/preferences.svelte';
import { presetsFor } from '../state/presets';
import { proposal } from '../state/proposal.svelte';
import { openNext } from '../state/session.svelte';
import { spread } from '../state/spread.svelte';
import { acceptAll, acceptSlice } from '../state/takeover';
import { toolSettings, type ToolId } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import { volume } from '../state/volume.svelte';
import { cancelGesture, gestureUnderWay } from '../tools/gestures';
import { copyToNeighbour, interpolate } from '../tools/operations';
import { acceptSpread, acceptSpreadSlice, spreadFromHere } from '../tools/spread';
import { dropPen, holdPen, movePen, penHeld, pressPen } from '../tools/pen';
import { toolbox } from '../tools/toolbox';
import { exportAudit, verifyAudit } from './audit';
import type { Command, CommandId } from './commands.svelte';

const hasVolume = (): boolean => volume.current !== null;
const hasProposal = (): boolean => proposal.offered;
const mayEdit = (): boolean => annotation.geometry !== null && !gestureUnderWay() && !penHeld();

/** Says a failure where the person is looking. */
const told = (act: Promise<unknown>): void =>
  void act.catch((failure: unknown) => toolSettings.say(sentenceOf(failure)));

const tool = (id: ToolId): Command => ({
  id: `tool.${id}`,
  label: `tool.${id}`,
  group: 'group.tools',
  run: () => {
    cancelGesture();
    toolSettings.active = id;
  },
});

const arrangement = (id: Layout): Command => ({
  id: `layout.${id}`,
  label: `layout.${id}`,
  group: 'group.view',
  run: () => layout.choose(id),
});

const pen = (what: 'left' | 'right' | 'up' | 'down' | 'press' | 'hold', run: () => void): Command => ({
  id: `pen.${what}`,
  label: `pen.${what}`,
  group: 'group.tools',
  enabled: () => hasVolume() && !gestureUnderWay(),
  run,
});

const preset = (n: 1 | 2 | 3 | 4 | 5 | 6): Command => ({
  id: `view.preset${n}`,
  label: `view.preset${n}`,
  group: 'group.view',
  enabled: () => volume.current !== null && presetsFor(volume.current.info).length >= n,
  detail: () => (volume.current ? (presetsFor(volume.current.info)[n - 1]?.name ?? '') : ''),
  run: () => {
    const found = volume.current && presetsFor(volume.current.info)[n - 1];
    if (found) views.setWindow(found.range);
  },
});

function nextUncertain(): void {
  const worst = proposal.leastCertain(12);
  if (worst.length === 0) return;
  const at = worst.findIndex((s) => s.slice === views.scanSlice());
  views.goToScanSlice(worst[(at + 1) % worst.length].slice);
}

function nextSegment(): void {
  const rows = annotation.segments;
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.info.id === annotation.activeId);
  annotation.activeId = rows[(at + 1) % rows.length].info.id;
}

/** Marks the scanned slice shown as judged whole by a person, also where nothing is on it. */
export function markReviewed(): void {
  const slice = views.scanSlice();
  const segment = annotation.active;
  if (slice === null || !segment) return;
  annotation.change({
    name: t('undo.reviewed', { slice: slice + 1 }),
    segmentId: segment.info.id,
    flips: new Uint32Array(0),
    reviewedSlices: [slice],
  });
}

export const commands: readonly Command[] = [
  { id: 'palette.open', label: 'palette.open', group: 'group.app', run: () => dialogs.show('palette') },
  { id: 'shortcuts.open', label: 'shortcuts.open', group: 'group.app', run: () => dialogs.show('shortcuts') },
  { id: 'archive.open', label: 'archive.open', group: 'group.app', run: () => told(archive.choose()) },
  {
    id: 'export.open',
    label: 'export.open',
    group: 'group.app',
    enabled: () => annotation.segments.length > 0,
    run: () => dialogs.show('export'),
  },
  {
    id: 'import.open',
    label: 'import.open',
    group: 'group.app',
    enabled: hasVolume,
    run: () => dialogs.show('import'),
  },
  {
    id: 'audit.verify',
    label: 'audit.verify',
    group: 'group.app',
    enabled: () => archive.summary !== null,
    run: () => told(verifyAudit()),
  },
  {
    id: 'audit.export',
    label: 'audit.export',
    group: 'group.app',
    enabled: () => archive.summary !== null,
    run: () => told(exportAudit()),
  },
  {
    id: 'worklist.search',
    label: 'worklist.search',
    group: 'group.app',
    run: () => document.getElementById('worklist-search')?.focus(),
  },
  {
    id: 'worklist.fold',
    label: 'worklist.fold',
    group: 'group.app',
    run: () => (preferences.kept.worklist = !preferences.kept.worklist),
  },
  {
    id: 'panel.fold',
    label: 'panel.fold',
    group: 'group.app',
    run: () => (preferences.kept.panel = !preferences.kept.panel),
  },
  {
    id: 'case.next',
    label: 'case.next',
    group: 'group.app',
    enabled: () => learning.next !== null,
    run: () => {
      if (learning.next) void openNext(learning.next);
    },
  },
  tool('pointer'),
  tool('window'),
  tool('pan'),
  tool('zoom'),
  tool('brush'),
  tool('eraser'),
  tool('threshold-brush'),
  tool('smart-brush'),
  tool('nudge'),
  tool('mend'),
  tool('freehand'),
  tool('polygon'),
  tool('spline'),
  tool('livewire'),
  tool('scissors'),
  tool('ball-threshold'),
  tool('accept-lasso'),
  {
    id: 'tool.finish',
    label: 'tool.finish',
    group: 'group.tools',
    run: () => void toolbox[toolSettings.active].finish?.(),
  },
  {
    id: 'tool.back',
    label: 'tool.back',
    group: 'group.tools',
    run: () => void toolbox[toolSettings.active].back?.(),
  },
  {
    id: 'tool.cancel',
    label: 'tool.cancel',
    group: 'group.tools',
    run: () => {
      dropPen();
      if (!cancelGesture()) toolSettings.active = 'pointer';
    },
  },
  pen('left', () => movePen(-1, 0)),
  pen('right', () => movePen(1, 0)),
  pen('up', () => movePen(0, -1)),
  pen('down', () => movePen(0, 1)),
  pen('press', pressPen),
  pen('hold', holdPen),
  {
    id: 'brush.smaller',
    label: 'brush.smaller',
    group: 'group.tools',
    run: () => toolSettings.resize(1 / 1.2),
  },
  { id: 'brush.larger', label: 'brush.larger', group: 'group.tools', run: () => toolSettings.resize(1.2) },
  {
    id: 'brush.ball',
    label: 'brush.ball',
    group: 'group.tools',
    run: () => (toolSettings.ball = !toolSettings.ball),
  },
  {
    id: 'edit.undo',
    label: 'edit.undo',
    group: 'group.edit',
    enabled: () => annotation.canUndo && mayEdit(),
    detail: () => annotation.undoName ?? '',
    run: () => void annotation.undo(),
  },
  {
    id: 'edit.redo',
    label: 'edit.redo',
    group: 'group.edit',
    enabled: () => annotation.canRedo && mayEdit(),
    detail: () => annotation.redoName ?? '',
    run: () => void annotation.redo(),
  },
  {
    id: 'view.reset',
    label: 'view.reset',
    group: 'group.view',
    enabled: hasVolume,
    run: () => views.viewer.reset(),
  },
  {
    id: 'view.alone',
    label: 'view.alone',
    group: 'group.view',
    run: () => layout.toggleAlone(layout.focused === 'surface' ? 'surface' : views.active),
  },
  {
    id: 'view.next',
    label: 'view.next',
    group: 'group.view',
    enabled: hasVolume,
    run: () => views.scroll(views.active, 1),
  },
  {
    id: 'view.previous',
    label: 'view.previous',
    group: 'group.view',
    enabled: hasVolume,
    run: () => views.scroll(views.active, -1),
  },
  {
    id: 'view.forward',
    label: 'view.forward',
    group: 'group.view',
    enabled: hasVolume,
    run: () => views.scroll(views.active, 10),
  },
  {
    id: 'view.back',
    label: 'view.back',
    group: 'group.view',
    enabled: hasVolume,
    run: () => views.scroll(views.active, -10),
  },
  {
    id: 'view.cine',
    label: 'view.cine',
    group: 'group.view',
    enabled: hasVolume,
    run: () => views.play(!views.playing),
  },
  {
    id: 'view.invert',
    label: 'view.invert',
    group: 'group.view',
    enabled: hasVolume,
    run: () => views.setWindow(views.window, !views.inverted),
  },
  {
    id: 'view.fusion',
    label: 'view.fusion',
    group: 'group.view',
    enabled: () => fusion.partner !== null || fusion.current !== null,
    run: () => void fusion.toggle(),
  },
  {
    id: 'view.crosshair',
    label: 'view.crosshair',
    group: 'group.view',
    run: () => (preferences.kept.crosshair = !preferences.kept.crosshair),
  },
  {
    id: 'view.linkZoom',
    label: 'view.linkZoom',
    group: 'group.view',
    run: () => (preferences.kept.linkedZoom = !preferences.kept.linkedZoom),
  },
  {
    id: 'view.hide',
    label: 'view.hide',
    group: 'group.view',
    run: () => (annotation.hidden = !annotation.hidden),
  },
  arrangement('one'),
  arrangement('row'),
  arrangement('grid'),
  arrangement('four'),
  arrangement('pair'),
  preset(1),
  preset(2),
  preset(3),
  preset(4),
  preset(5),
  preset(6),
  {
    id: 'slice.reviewed',
    label: 'slice.reviewed',
    group: 'group.edit',
    enabled: () => annotation.active !== null && views.scanSlice() !== null && mayEdit(),
    run: markReviewed,
  },
  {
    id: 'slice.uncertain',
    label: 'slice.uncertain',
    group: 'group.assist',
    enabled: hasProposal,
    run: nextUncertain,
  },
  {
    id: 'segment.add',
    label: 'segment.add',
    group: 'group.edit',
    enabled: mayEdit,
    run: () => document.getElementById('segment-add')?.click(),
  },
  {
    id: 'segment.interpolate',
    label: 'segment.interpolate',
    group: 'group.edit',
    enabled: () => annotation.active !== null && mayEdit(),
    run: interpolate,
  },
  {
    id: 'slice.copyNext',
    label: 'slice.copyNext',
    group: 'group.edit',
    enabled: () => annotation.active !== null && mayEdit(),
    run: () => copyToNeighbour(1),
  },
  {
    id: 'slice.copyPrevious',
    label: 'slice.copyPrevious',
    group: 'group.edit',
    enabled: () => annotation.active !== null && mayEdit(),
    run: () => copyToNeighbour(-1),
  },
  {
    id: 'segment.next',
    label: 'segment.next',
    group: 'group.edit',
    enabled: () => annotation.segments.length > 1,
    run: nextSegment,
  },
  {
    id: 'assist.propose',
    label: 'assist.propose',
    group: 'group.assist',
    enabled: () => annotation.volumeId !== null && learning.proposing(annotation.volumeId) === null,
    run: () => {
      if (annotation.volumeId !== null) void learning.propose(annotation.volumeId);
    },
  },
  {
    id: 'assist.spread',
    label: 'spread.run',
    group: 'group.assist',
    enabled: () => annotation.active !== null && !spread.busy && mayEdit(),
    run: () => void spreadFromHere(),
  },
  {
    id: 'assist.accept',
    label: 'assist.accept',
    group: 'group.assist',
    enabled: () => (spread.offered || hasProposal()) && mayEdit(),
    run: () => (spread.offered ? acceptSpread() : told(acceptAll())),
  },
  {
    id: 'assist.acceptSlice',
    label: 'assist.acceptSlice',
    group: 'group.assist',
    enabled: () => (spread.offered || hasProposal()) && views.scanSlice() !== null && mayEdit(),
    run: () => {
      const slice = views.scanSlice();
      if (slice === null) return;
      if (spread.slices.includes(slice)) acceptSpreadSlice(slice);
      else if (hasProposal()) acceptSlice(slice);
    },
  },
  {
    id: 'assist.discard',
    label: 'assist.discard',
    group: 'group.assist',
    enabled: () => spread.offered || hasProposal(),
    run: () => (spread.offered ? spread.clear() : told(proposal.discard())),
  },
  {
    id: 'assist.acceptCase',
    label: 'assist.acceptCase',
    group: 'group.assist',
    enabled: () => annotation.segments.length > 0 && !annotation.accepted && mayEdit(),
    run: () => told(annotation.accept()),
  },
  {
    id: 'learn.on',
    label: 'learn.on',
    group: 'group.assist',
    enabled: () =>
      learning.learning === null &&
      learning.profile !== null &&
      learning.profile.taughtModel !== null &&
      learning.canTeach,
    run: () => void learning.learnOn(),
  },
  {
    id: 'models.open',
    label: 'models.title',
    group: 'group.assist',
    enabled: () => learning.profile !== null,
    run: () => dialogs.show('models'),
  },
  {
    id: 'compare.open',
    label: 'compare.title',
    group: 'group.assist',
    enabled: () => annotation.segments.length > 0,
    run: () => dialogs.show('compare'),
  },
  {
    id: 'learn.pretrain',
    label: 'learn.pretrain',
    group: 'group.assist',
    enabled: () => learning.profile !== null && learning.learning === null,
    run: () => void learning.pretrain(),
  },
  {
    id: 'learn.uncontoured',
    label: 'learn.uncontoured',
    group: 'group.assist',
    enabled: () => learning.profile !== null,
    run: () => {
      preferences.kept.learnUncontoured = !preferences.kept.learnUncontoured;
    },
  },
  {
    id: 'learn.teach',
    label: 'learn.teach',
    group: 'group.assist',
    enabled: () =>
      learning.learning === null &&
      learning.profile !== null &&
      learning.canTeach &&
      learning.profile.segmentNames.length > 0,
    run: () => {
      const name = learning.profile?.segmentNames[0];
      if (name !== undefined) void learning.teach(name);
    },
  },
];

/** @throws Error if the list lacks it. */
export function command(id: CommandId): Command {
  const found = commands.find((c) => c.id === id);
  if (!found) throw new Error(`There is no command ${id}.`);
  return found;
}

/** Does it, if it can be done now. */
export function perform(id: CommandId): void {
  const found = command(id);
  if (found.enabled?.() ?? true) found.run();
}

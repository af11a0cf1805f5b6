import { expect, test, vi } from 'vitest';
import type { DisplayVolume } from '../../renderer/viewer/local-volume';
import { straightGrid } from '../imaging/grids';

/** The drawing library needs a graphics context; here are the order in which it is asked, and answers that take their time. */
const drawing = vi.hoisted(() => {
  const volumes = new Map<string, unknown>();
  const waiting: (() => void)[] = [];
  const shown: string[][] = [];
  const viewport = {
    setVolumes: async (inputs: { volumeId: string }[]): Promise<void> => {
      const names = inputs.map(({ volumeId }) => volumeId);
      await new Promise<void>((resolve) => waiting.push(resolve));
      for (const name of names) if (!volumes.has(name)) throw new Error(`${name} is not in the cache.`);
      shown.push(names);
    },
    setProperties: (_: unknown, volumeId: string) => {
      if (!shown.at(-1)?.includes(volumeId)) throw new Error(`${volumeId} is not shown.`);
    },
    setBlendMode: () => undefined,
    setSlabThickness: () => undefined,
    setCamera: () => undefined,
    render: () => undefined,
    getCanvas: () => null,
  };
  return { volumes, waiting, shown, viewport };
});
vi.mock('@cornerstonejs/core', () => ({
  init: () => undefined,
  eventTarget: new EventTarget(),
  metaData: { addProvider: () => undefined },
  Enums: {
    Events: {},
    ViewportType: {},
    OrientationAxis: {},
    VOILUTFunctionType: {},
    BlendModes: {},
  },
  cache: {
    getVolume: (id: string) => drawing.volumes.get(id),
    getImageLoadObject: () => undefined,
    putImageSync: () => undefined,
    removeImageLoadObject: () => undefined,
    removeVolumeLoadObject: (id: string) => drawing.volumes.delete(id),
  },
  volumeLoader: { createAndCacheVolumeFromImagesSync: (id: string) => drawing.volumes.set(id, {}) },
  utilities: {
    VoxelManager: { createImageVoxelManager: () => ({ getScalarData: () => new Int16Array(0) }) },
    colormap: { registerColormap: () => undefined },
  },
  RenderingEngine: class {
    enableElement = (): void => undefined;
    getViewport = (): unknown => drawing.viewport;
  },
}));
vi.stubGlobal(
  'ResizeObserver',
  class {
    observe = (): void => undefined;
  },
);

const { CornerstoneDisplay } = await import('../../renderer/viewer/cornerstone');

const scan = (id: string): DisplayVolume => ({
  id,
  geometry: straightGrid([2, 2, 2]),
  voxels: new Int16Array(8),
  frameOfReference: '1.2',
  range: { min: 0, max: 1 },
});
const grey = { lower: 0, upper: 1 };
const element = (): HTMLDivElement =>
  ({ addEventListener: () => undefined, clientWidth: 0 }) as unknown as HTMLDivElement;
/** Answers what the library was asked, the last question first, until it is asked no more. */
async function answer(): Promise<void> {
  for (let quiet = 0; quiet < 20; quiet++) {
    await Promise.resolve();
    if (drawing.waiting.length > 0) quiet = 0;
    drawing.waiting.pop()?.();
  }
}

test('a slow case never fills the view of one that was opened after it, and the first comes back whole', async () => {
  const display = new CornerstoneDisplay();
  display.attach('axial', element());
  const [first, second, again] = [scan('1'), scan('2'), scan('1')];
  const opened = [
    display.show(first, grey),
    display.show(second, grey),
    display.fuse({ volume: scan('over:3'), window: grey, colormap: 'hot', share: 0.4 }),
    display.show(again, grey),
  ];
  await answer();
  await Promise.all(opened);
  expect(drawing.shown.at(-1)).toEqual(['studio:1']);
  // What is shown is in the cache, and nothing else is left there.
  expect([...drawing.volumes.keys()]).toEqual(['studio:1']);
});

test('CT lies beneath a PET that is open, and above it nothing', async () => {
  const display = new CornerstoneDisplay();
  display.attach('axial', element());
  const opened = [
    display.show(scan('pt'), grey),
    display.fuse({ volume: scan('over:ct'), beneath: true, window: grey, colormap: 'hot', share: 0.4 }),
  ];
  await answer();
  await Promise.all(opened);
  expect(drawing.shown.at(-1)).toEqual(['studio:over:ct', 'studio:pt']);
});

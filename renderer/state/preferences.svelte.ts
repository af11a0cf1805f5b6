import { addLanguages, setLanguage, type Language } from '../i18n/message.svelte';
import { notice } from './notice.svelte';

export type Theme = 'dark' | 'light';
export type Layout = 'one' | 'row' | 'grid' | 'four' | 'pair';

interface Kept {
  theme: Theme;
  language: Language;
  layout: Layout;
  /** The pane that fills the stage alone, if one does. */
  alone: 'axial' | 'coronal' | 'sagittal' | 'surface' | null;
  /** Whether the 3D view shows where the other views cut. */
  sliceFrames: boolean;
  outlineWidth: number;
  fill: number;
  linkedZoom: boolean;
  crosshair: boolean;
  firstRunDone: boolean;
  /** Which scans are opened as a fusion where PET and CT of one frame of reference belong together. */
  fuseOpened: { CT: boolean; PT: boolean };
  /** Whether proposals follow what a person corrects. */
  followCorrections: boolean;
  /** Whether Teach also learns from scans that nobody contoured. */
  learnUncontoured: boolean;
  /** Whether the worklist and the panel are unfolded. */
  worklist: boolean;
  panel: boolean;
  /** Keys that the person gave to commands, by the command's name. */
  keys: Record<string, string>;
}

const place = 'preferences';

const initial: Kept = {
  theme: 'dark',
  language: 'en',
  layout: 'grid',
  alone: null,
  sliceFrames: true,
  outlineWidth: 1.5,
  fill: 0.15,
  linkedZoom: true,
  crosshair: true,
  firstRunDone: false,
  // As readers of PET/CT know it: the CT with its PET in colour. The PET alone stays grey, as it is contoured.
  fuseOpened: { CT: true, PT: false },
  followCorrections: true,
  // Pays at one and two contoured patients (docs/benchmarks/label-efficiency.md).
  learnUncontoured: true,
  worklist: true,
  panel: true,
  keys: {},
};

function read(): Kept {
  try {
    const text = localStorage.getItem(place);
    return text === null ? { ...initial } : { ...initial, ...(JSON.parse(text) as Partial<Kept>) };
  } catch {
    // Unreadable preferences are no reason not to start.
    return { ...initial };
  }
}

/** What the person prefers; kept on this machine. */
class PreferencesStore {
  kept = $state<Kept>(read());

  start(): void {
    void window.studio.app
      .languages()
      .then(({ languages, problems }) => {
        addLanguages(languages);
        for (const problem of problems) notice.say(problem);
      })
      // Without them the window still speaks the languages that it came with.
      .catch(() => undefined);
    $effect.root(() => {
      $effect(() => {
        document.documentElement.dataset.theme = this.kept.theme;
        setLanguage(this.kept.language);
        localStorage.setItem(place, JSON.stringify($state.snapshot(this.kept)));
      });
    });
  }
}

export const preferences = new PreferencesStore();

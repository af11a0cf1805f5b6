import type { StudioApi } from './api';

/** The names under which the bridge's functions cross from the window to the main process, and events back. */
type Domain = keyof StudioApi;
type EventName<D extends Domain> = Extract<keyof StudioApi[D], `on${string}`>;
export type Method<D extends Domain> = Exclude<keyof StudioApi[D], EventName<D>> & string;

type Names<All extends string> = { readonly [N in All]: true };

/** Every function of the contract; a missing or a surplus name does not compile. */
export const methods: { readonly [D in Domain]: Names<Method<D>> } = {
  archive: {
    chooseFolder: true,
    open: true,
    current: true,
    recent: true,
    openDemonstration: true,
    worklist: true,
    leftOut: true,
    rescan: true,
    cancelScan: true,
    openVolume: true,
    allowResampling: true,
  },
  annotation: {
    open: true,
    apply: true,
    moveTo: true,
    edits: true,
    accept: true,
    reopen: true,
    proposal: true,
    discardProposal: true,
    former: true,
    takeOverFormer: true,
    verifyAudit: true,
    exportAudit: true,
  },
  learning: {
    profiles: true,
    models: true,
    activate: true,
    removeModel: true,
    exportModel: true,
    chooseModel: true,
    importModel: true,
    tryModel: true,
    trial: true,
    estimate: true,
    pretrain: true,
    teach: true,
    propose: true,
    jobs: true,
    pause: true,
    resume: true,
    cancel: true,
    nextCase: true,
  },
  exchange: {
    export: true,
    plan: true,
    write: true,
    discardPlan: true,
    saveTable: true,
    chooseExportFolder: true,
    chooseImportFile: true,
    importable: true,
    import: true,
    showInFolder: true,
  },
  app: { revival: true, version: true, engine: true, languages: true, startLanguage: true },
};

/** Every event of the contract. */
export const events: { readonly [D in Domain]: Names<EventName<D>> } = {
  archive: { onProgress: true, onArriving: true, onWorklistChanged: true },
  annotation: { onProposal: true },
  learning: { onJob: true },
  exchange: {},
  app: { onEngine: true },
};

export const channelOf = (domain: string, name: string): string => `studio:${domain}.${name}`;

/** What an answer looks like on the wire; a failure is one sentence, never a stack. */
export type Answer =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

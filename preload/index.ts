/**
 * The bridge: exactly the functions of `api.ts` as `window.studio`, the path of what was dropped on it, and nothing else. It runs sandboxed and isolated;
 * the window never sees `ipcRenderer`.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { channelOf, events, methods, type Answer } from './channels';

/** @throws Error with the sentence that the main process answered. */
async function call(channel: string, args: readonly unknown[]): Promise<unknown> {
  const answer: Answer = await ipcRenderer.invoke(channel, ...args);
  if (answer.ok) return answer.value;
  throw new Error(answer.message);
}

function subscribe(channel: string, listener: unknown): () => void {
  if (typeof listener !== 'function') throw new TypeError('A listener is a function.');
  const hear = (_event: unknown, payload: unknown): void => void listener(payload);
  ipcRenderer.on(channel, hear);
  return () => void ipcRenderer.removeListener(channel, hear);
}

const bridge = Object.fromEntries(
  Object.entries(methods).map(([domain, names]) => [
    domain,
    Object.fromEntries([
      ...Object.keys(names).map((name) => {
        const channel = channelOf(domain, name);
        return [name, (...args: unknown[]) => call(channel, args)];
      }),
      ...Object.keys(events[domain as keyof typeof events]).map((name) => {
        const channel = channelOf(domain, name);
        return [name, (listener: unknown) => subscribe(channel, listener)];
      }),
    ]),
  ]),
);

contextBridge.exposeInMainWorld('studio', bridge);
contextBridge.exposeInMainWorld('studioDrop', {
  pathOf: (dropped: unknown): string =>
    dropped instanceof File
      ? webUtils.getPathForFile(dropped as Parameters<typeof webUtils.getPathForFile>[0])
      : '',
});

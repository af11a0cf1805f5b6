/** The gate between window and main: who asks, whether the question is well formed, and how failures are told. */
import type { z } from 'zod';
import { channelOf, methods, type Answer, type Method } from '../../preload/channels';
import type { StudioApi } from '../../preload/api';
import { isOwnPage } from '../shell/origin';

type Asked<D extends keyof StudioApi, M extends Method<D>> = StudioApi[D][M] extends (
  ...args: infer A
) => infer R
  ? { readonly takes: z.ZodType<A>; does(...args: A): R | Awaited<R> }
  : never;

/** One entry for each function of a domain: what it takes, and what it does. */
export type DomainHandlers<D extends keyof StudioApi> = { readonly [M in Method<D>]: Asked<D, M> };

export type Handlers = { readonly [D in keyof StudioApi]: DomainHandlers<D> };

/** What the gate needs of Electron's `IpcMainInvokeEvent`. */
export interface Asker {
  readonly sender: { readonly mainFrame: unknown };
  readonly senderFrame: { readonly url: string } | null;
}

/** What the gate needs of Electron's `ipcMain`. */
export interface Receiver {
  handle(channel: string, listener: (event: Asker, ...args: unknown[]) => Promise<Answer>): void;
}

/** Our own page, in the main frame of its window: nothing embedded, nothing navigated away. */
export const isTrusted = (event: Asker): boolean =>
  event.senderFrame !== null &&
  isOwnPage(event.senderFrame.url) &&
  event.senderFrame === event.sender.mainFrame;

/** A failure whose message is already a sentence for the person. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

const SYSTEM_FAILURES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full; free some space and try again. Nothing that was saved before is lost.',
  EDQUOT: 'Your quota on this disk is used up; free some space and try again.',
  EROFS: 'The disk is read-only; choose another folder or make it writable.',
  EACCES: 'This folder or file may not be opened by you; ask for the right to it, or choose another.',
  EPERM: 'This folder or file may not be changed by you; ask for the right to it, or choose another.',
  ENOENT: 'The file or folder is no longer there; look whether its disk is connected.',
  EMFILE: 'Too many files are open; close other programs and try again.',
};

/**
 * One sentence for a failure. Errors of our own modules carry sentences; errors of the system carry paths and are
 * replaced.
 */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Something failed; try again.';
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && Object.hasOwn(SYSTEM_FAILURES, code)) return SYSTEM_FAILURES[code];
  const { hint } = error as { hint?: unknown };
  const sentence = error.message.split('\n')[0];
  return typeof hint === 'string' ? `${sentence} ${hint}` : sentence;
}

/** Connects every function of the contract. `report` hears each failure, for the log. */
export function openGate(
  receiver: Receiver,
  handlers: Handlers,
  report: (channel: string, error: unknown) => void,
): void {
  for (const [domain, names] of Object.entries(methods))
    for (const name of Object.keys(names)) {
      const channel = channelOf(domain, name);
      const domainHandlers: Readonly<
        Record<string, { takes: z.ZodType; does(...args: unknown[]): unknown }>
      > = handlers[domain as keyof Handlers] as never;
      const { takes, does } = domainHandlers[name];
      receiver.handle(channel, async (event, ...args): Promise<Answer> => {
        try {
          if (!isTrusted(event)) throw new Refusal('Only the window of AMLP Studio may ask this.');
          const parsed = takes.safeParse(args);
          if (!parsed.success) throw new Refusal(`The window asked "${name}" in a way that has no meaning.`);
          return { ok: true, value: await does(...(parsed.data as unknown[])) };
        } catch (error) {
          report(channel, error);
          return { ok: false, message: sentenceOf(error) };
        }
      });
    }
}

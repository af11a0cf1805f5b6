/** Events from main to the window. */
import { channelOf, type events } from '../../preload/channels';
import type { StudioApi } from '../../preload/api';

/** What a listener of the event is called with: nothing, or one value. */
type Payload<Subscribe> = Subscribe extends (listener: infer L) => unknown
  ? L extends (...args: infer A) => void
    ? A
    : never
  : never;

export type Tell = <D extends keyof StudioApi, E extends keyof (typeof events)[D] & keyof StudioApi[D]>(
  domain: D,
  event: E,
  ...payload: Payload<StudioApi[D][E]>
) => void;

/** `send` is `webContents.send` of the window; a window that is gone hears nothing. */
export const teller =
  (send: (channel: string, payload: unknown) => void): Tell =>
  (domain, event, ...payload) =>
    send(channelOf(domain, String(event)), payload[0]);

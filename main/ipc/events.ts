/** Events from main to the window. */
import type { events } from '../../preload/channels';
import { channelOf } from '../../preload/channels';
import type { StudioApi } from '../../preload/api';

type Payload<D extends keyof StudioApi, E extends keyof StudioApi[D]> = StudioApi[D][E] extends (
  listener: (payload: infer P) => void,
) => unknown
  ? P
  : never;

export type Tell = <D extends keyof StudioApi, E extends keyof (typeof events)[D] & keyof StudioApi[D]>(
  domain: D,
  event: E,
  ...payload: unknown extends Payload<D, E> ? [] : [Payload<D, E>]
) => void;

/** `send` is `webContents.send` of the window; a window that is gone hears nothing. */
export const teller =
  (send: (channel: string, payload: unknown) => void): Tell =>
  (domain, event, ...payload) =>
    send(channelOf(domain, String(event)), payload[0]);

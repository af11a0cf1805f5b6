import { z } from 'zod';
import type { StudioApi } from '../../preload/api';
import type { DomainHandlers } from './gate';
import { nothing } from './shapes';

export type AppDomain = Omit<StudioApi['app'], 'onEngine'>;

export const appHandlers = (app: AppDomain): DomainHandlers<'app'> => ({
  revival: { takes: nothing, does: () => app.revival() },
  version: { takes: nothing, does: () => app.version() },
  languages: { takes: nothing, does: () => app.languages() },
  startLanguage: {
    takes: z.tuple([z.record(z.string().max(100), z.string().max(2000))]),
    does: (english) => app.startLanguage(english),
  },
  engine: { takes: nothing, does: () => app.engine() },
});

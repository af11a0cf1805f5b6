import type { StudioApi } from '../../preload/api';
import type { DomainHandlers } from './gate';
import { nothing } from './shapes';

export type AppDomain = Omit<StudioApi['app'], 'onEngine'>;

export const appHandlers = (app: AppDomain): DomainHandlers<'app'> => ({
  revival: { takes: nothing, does: () => app.revival() },
  version: { takes: nothing, does: () => app.version() },
  engine: { takes: nothing, does: () => app.engine() },
});

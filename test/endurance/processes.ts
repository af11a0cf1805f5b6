/** What the application's processes hold of the machine, by their role. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessMetric } from '../e2e/inside';
import type { Launched } from '../e2e/launch';

export type Role = 'main' | 'window' | 'graphics' | 'engine' | 'archive worker';

export interface Holding {
  /** Memory of this process alone, MB: private pages, and its share of those that it has in common with others. */
  readonly megabytes: number;
  /** Open files, pipes and sockets. */
  readonly handles: number;
  readonly threads: number;
}

export interface Hosted {
  readonly pid: number;
  readonly role: Role;
}

function roleOf({ type, name, serviceName }: ProcessMetric): Role | null {
  const service = `${name ?? ''} ${serviceName ?? ''}`;
  if (type === 'Browser') return 'main';
  if (type === 'Tab') return 'window';
  if (type === 'GPU') return 'graphics';
  if (service.includes('AMLP Studio engine')) return 'engine';
  return service.includes('AMLP Studio archive-worker') ? 'archive worker' : null;
}

/** Every process of the application that has a role of ours. */
export async function processesOf(launched: Launched): Promise<Hosted[]> {
  return (await launched.inside.processes()).flatMap((metric) => {
    const role = roleOf(metric);
    return role === null ? [] : [{ pid: metric.pid, role }];
  });
}

/** Linux only; null where the process has just ended. */
function holdingOf(pid: number): Holding | null {
  try {
    const pss = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return {
      megabytes: Number(pss?.[1] ?? 0) / 1024,
      handles: readdirSync(`/proc/${pid}/fd`).length,
      threads: readdirSync(`/proc/${pid}/task`).length,
    };
  } catch {
    return null;
  }
}

/** Lets main and the window throw away what nobody holds: garbage that waits to be collected is no leak. */
async function collectGarbage({ inside, window }: Launched): Promise<void> {
  await window.requestGC();
  await inside.processes();
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

/** What scripts of the window hold, MB, after garbage was collected. */
export const windowHeap = ({ window }: Launched): Promise<number> =>
  window.evaluate<number>('performance.memory.usedJSHeapSize / 2 ** 20');

/** Sums by role: there may be two archive workers. */
export async function holdings(launched: Launched): Promise<ReadonlyMap<Role, Holding>> {
  await collectGarbage(launched);
  const sums = new Map<Role, Holding>();
  for (const { pid, role } of await processesOf(launched)) {
    const one = holdingOf(pid);
    if (!one) continue;
    const so = sums.get(role) ?? { megabytes: 0, handles: 0, threads: 0 };
    sums.set(role, {
      megabytes: so.megabytes + one.megabytes,
      handles: so.handles + one.handles,
      threads: so.threads + one.threads,
    });
  }
  return sums;
}

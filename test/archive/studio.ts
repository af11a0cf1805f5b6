import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchiveService, type ArchiveOptions } from '../../main/archive/service';
import { forkHost } from '../../main/shell/process-host';
import { builtProcess } from '../processes';

/** An archive service with folders of its own, below `below`, and real workers. */
export async function archiveInOwnFolders(
  options: Partial<ArchiveOptions> = {},
  below = tmpdir(),
): Promise<{
  readonly archive: ArchiveService;
  readonly home: string;
  close(): Promise<void>;
}> {
  const bundles = await builtProcess('archive-worker', 'main/archive/worker/process.ts');
  const home = mkdtempSync(join(below, 'amlp-archive-'));
  const archive = new ArchiveService({
    folders: { data: join(home, 'data'), cache: join(home, 'cache') },
    host: forkHost(bundles),
    ...options,
  });
  return {
    archive,
    home,
    async close() {
      await archive.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A program that indexes an archive and prepares its volumes, to be killed at any moment. Started by the crash test. */
import { join } from 'node:path';
import { ArchiveService } from '../../main/archive/service';
import { forkHost } from '../../main/shell/process-host';

export const archiveServiceIn = (home: string, bundles: string): ArchiveService =>
  new ArchiveService({
    folders: { data: join(home, 'data'), cache: join(home, 'cache') },
    host: forkHost(bundles),
  });

async function indexAndPrepare(scans: string, home: string, bundles: string): Promise<void> {
  const archive = archiveServiceIn(home, bundles);
  await archive.open(scans);
  await archive.scanned();
  for (const { id } of archive.volumes()) await archive.prepare(id);
  await archive.close();
  process.exit(0);
}

if (process.argv[2] === '--index') void indexAndPrepare(process.argv[3], process.argv[4], process.argv[5]);

/** Whether a folder lies on a network share, where locks and flushes are not to be trusted. */
import { statfs } from 'node:fs/promises';

/** File system types of Linux (statfs(2)) that are served by another machine. */
const REMOTE: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x73757245, // Coda
  0x5346414f, // AFS
  0x6b414653, // kAFS
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x013111a8, // IBRIX
  0x564c, // NCP
]);

export async function isNetworkShare(folder: string): Promise<boolean> {
  if (process.platform === 'win32') return /^(\\\\|\/\/)(?![?.][\\/][A-Za-z]:)/.test(folder);
  if (process.platform !== 'linux') return false;
  try {
    return REMOTE.has((await statfs(folder)).type >>> 0);
  } catch {
    return false;
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomic } from '../store/atomic';
import { fingerprint, sitePublicKey } from './parcel';

const schema = z.array(z.object({ publicKey: z.string().max(500), since: z.string() }));

/** Whose signed models this machine takes without asking: its own, and those that a person once said yes to. */
export class TrustBook {
  private readonly folder: string;
  private readonly file: string;

  /** @param folder where the site's own key lies */
  constructor(folder: string) {
    this.folder = folder;
    this.file = join(folder, 'trusted-keys.json');
  }

  isOwn(publicKey: string): boolean {
    return publicKey === sitePublicKey(this.folder);
  }

  /** Fingerprint of this site's own key, to be read out to whoever is to trust it. */
  ownFingerprint(): string {
    return fingerprint(sitePublicKey(this.folder));
  }

  knows(publicKey: string): boolean {
    return this.isOwn(publicKey) || this.keys().some((key) => key.publicKey === publicKey);
  }

  trust(publicKey: string): void {
    if (this.knows(publicKey)) return;
    const keys = [...this.keys(), { publicKey, since: new Date().toISOString() }];
    writeAtomic(this.file, [`${JSON.stringify(keys, null, 2)}\n`], 0o600);
  }

  private keys(): z.infer<typeof schema> {
    if (!existsSync(this.file)) return [];
    try {
      return schema.parse(JSON.parse(readFileSync(this.file, 'utf8')));
    } catch {
      // Nobody is trusted by mistake; the person is asked again.
      return [];
    }
  }
}

/** Folders that were opened lately, newest first. */
import { readFile } from 'node:fs/promises';
import { writeAtomic } from '../learning/store/atomic';

const MOST = 12;

export class RecentFolders {
  constructor(private readonly file: string) {}

  /** Empty where nothing was kept, or what was kept is damaged. */
  async list(): Promise<readonly string[]> {
    try {
      const parsed: unknown = JSON.parse(await readFile(this.file, 'utf8'));
      return Array.isArray(parsed) ? parsed.filter((f) => typeof f === 'string').slice(0, MOST) : [];
    } catch {
      return [];
    }
  }

  async add(folder: string): Promise<void> {
    const others = (await this.list()).filter((f) => f !== folder);
    writeAtomic(this.file, [JSON.stringify([folder, ...others].slice(0, MOST))], 0o600);
  }
}

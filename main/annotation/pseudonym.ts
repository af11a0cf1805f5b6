/** The site's secret for de-identification, and the patient codes that follow from it. */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const secretFile = 'deidentification-secret';
const secretForm = /^[0-9a-f]{64}$/;

/**
 * The secret, made at first use and readable by its owner alone. It stays the same, so that all that is ever exported of
 * one patient still belongs together; whoever loses it only loses that.
 */
export async function siteSecret(folder: string): Promise<string> {
  const file = join(folder, secretFile);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      const made = randomBytes(32).toString('hex');
      await handle.writeFile(made);
      await handle.sync();
      return made;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  }
  const known = (await readFile(file, 'utf8')).trim();
  if (secretForm.test(known)) return known;
  throw new Error(
    `The site's secret for de-identification (${secretFile}) is damaged; put it back from a backup, or delete it to start with new codes.`,
  );
}

/** A code for a patient that is always the same here and tells nothing to anybody without the secret. */
export const patientCodeOf = (secret: string, patientId: string): string =>
  `P-${createHmac('sha256', secret).update(patientId).digest('hex').slice(0, 10).toUpperCase()}`;

/**
 * Stands in resources/app of the plain Electron that set-up makes, where Electron's own default app is absent: loads
 * the application in the folder that the first argument without a dash names, as `electron <folder>` does.
 * It waits for the application's module, so that what must happen before `ready` does.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

/** What Electron's default app uses too and its types leave out. */
const host =
  /** @type {typeof app & { setVersion(version: string): void, setAppPath(path: string): void }} */ (app);

const folder = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (folder === undefined) {
  process.stderr.write('Which application? electron <folder>\n');
  process.exit(2);
}
const path = resolve(folder);
const description = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
Object.assign(process, { defaultApp: true });
host.setVersion(description.version);
host.setName(description.productName ?? description.name);
host.setAppPath(path);
try {
  await import(pathToFileURL(join(path, description.main)).href);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

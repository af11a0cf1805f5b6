import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import dicomParser from 'dicom-parser';
import { dataPath, sharedData } from '../data';
import { launch, type Launched } from './launch';
import { Workstation } from './workstation';

/* What runs in the window is written as text here: this program's types are Node's. */

/** Every text file below a folder. */
function textsOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

/** Every name, ID, birth date and UID of patients, studies and series in an archive of DICOM, and its patients' folders. */
function identitiesOf(archive: string): Set<string> {
  const found = new Set<string>();
  for (const entry of readdirSync(archive, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.dcm')) continue;
    const data = dicomParser.parseDicom(readFileSync(join(entry.parentPath, entry.name)), {
      untilTag: 'x00204000',
    });
    for (const tag of [
      'x00100010',
      'x00100020',
      'x00100030',
      'x0020000d',
      'x0020000e',
      'x00080018',
      'x00200052',
    ]) {
      const value = data.string(tag)?.trim() ?? '';
      // Shorter ones are found in any text.
      for (const part of [value, ...value.split('^')]) if (part.length > 4) found.add(part);
    }
  }
  for (const { name } of readdirSync(archive, { withFileTypes: true }).filter((e) => e.isDirectory()))
    found.add(name);
  return found;
}

test.describe('nobody in, nothing out', () => {
  test.skip(sharedData === null, 'The real scans are not on this machine.');

  let launched: Launched;
  let studio: Workstation;
  let home: string;
  const asked: string[] = [];

  test.beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'amlp-studio-confined-'));
    launched = await launch({ userData: home });
    studio = new Workstation(launched);
    launched.app.context().on('request', (request) => asked.push(request.url()));
  });
  test.afterAll(async () => {
    await launched.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('the window has the bridge and nothing of Node', async () => {
    const seen = await studio.page.evaluate<{ node: string[]; bridge: string[]; page: string }>(`({
      node: ['require', 'process', 'module', 'Buffer', '__dirname', 'global'].filter((name) => name in window),
      bridge: Object.keys(window.studio).sort(),
      page: location.protocol,
    })`);
    expect(seen.node).toEqual([]);
    expect(seen.bridge).toEqual(['annotation', 'app', 'archive', 'exchange', 'learning']);
    expect(seen.page).toBe('app:');
  });

  test('it is isolated, sandboxed unless root forbids it, and has no web view', async () => {
    const set = await launched.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0].webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      const all = contents.getLastWebPreferences();
      return Object.fromEntries(
        [
          'sandbox',
          'contextIsolation',
          'nodeIntegration',
          'nodeIntegrationInWorker',
          'nodeIntegrationInSubFrames',
          'webviewTag',
          'webSecurity',
          'allowRunningInsecureContent',
          'experimentalFeatures',
          'navigateOnDragDrop',
          'enableBlinkFeatures',
        ].map((name) => [name, Boolean(all[name])]),
      );
    });
    expect(set).toEqual({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
      enableBlinkFeatures: false,
    });
  });

  test('a run over real scans asks nothing of the network and tells nobody about a patient', async () => {
    asked.length = 0;
    const temporaryBefore = new Set(readdirSync(tmpdir()));
    await studio.openArchive(dataPath('archive/sts'), 2);
    await studio.openVolume('STS_025', 'PT');
    await studio.openVolume('STS_008', 'CT');
    await studio.get('segment-add').click();
    await studio.get('segment-name').fill('GTV');
    await studio.get('segment-add-confirm').click();
    await studio.useTool('brush');
    const box = await studio.box('axial');
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await studio.drag(middle, { x: middle.x + 20, y: middle.y + 10 });
    await studio.saved();
    const exports = join(home, 'exports-of-the-run');
    mkdirSync(exports);
    // Through the bridge, and what fails too: a file of another patient, a folder that is not there.
    await studio.page.evaluate(`(async () => {
      const patients = await window.studio.archive.worklist();
      for (const { id } of patients.flatMap((p) => p.studies.flatMap((s) => s.volumes))) {
        const { segments } = await window.studio.annotation.open(id);
        if (segments.length === 0) continue;
        const segmentIds = segments.map((s) => s.info.id);
        await window.studio.exchange.export({
          volumeId: id, formats: ['rtstruct', 'seg', 'nifti'], segmentIds, folder: ${JSON.stringify(exports)},
        });
        await window.studio.exchange.import(id, ${JSON.stringify(dataPath('archive/sts/STS_025/PET_RTSTRUCT.dcm'))}).catch(() => 0);
        await window.studio.exchange.export({
          volumeId: id, formats: ['nifti'], segmentIds, folder: '/nowhere/STS_008/of',
        }).catch(() => 0);
      }
      await window.studio.archive.open('/nowhere/STS_008').catch(() => 0);
    })()`);
    await studio.page.waitForTimeout(1000);
    expect(readdirSync(exports).length).toBeGreaterThanOrEqual(3);
    expect(asked.filter((url) => !/^(app|volume|data|blob|devtools):/.test(url))).toEqual([]);
    expect(asked.length).toBeGreaterThan(0);
    expect(
      await launched.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].getTitle()),
    ).toBe('AMLP Studio');
    const identities = identitiesOf(dataPath('archive/sts'));
    expect(identities.size).toBeGreaterThan(10);
    const told = new Map<string, string>([['output', launched.log()]]);
    for (const text of textsOf(join(home, 'logs'))) told.set(`log ${told.size}`, text);
    expect(told.size).toBeGreaterThan(1);
    // All else that the run left, but for what keeps people's work and finds their cases again.
    const own = new Set(['annotations', 'archives', 'cache', 'learning', 'logs', 'exports-of-the-run']);
    for (const entry of readdirSync(home, { withFileTypes: true })) {
      if (own.has(entry.name) || entry.name === 'recent-archives.json') continue;
      const path = join(home, entry.name);
      const texts = entry.isDirectory()
        ? textsOf(path)
        : entry.isFile()
          ? [readFileSync(path, 'latin1')]
          : [];
      told.set(entry.name, [entry.name, ...texts].join('\n'));
    }
    told.set('names of exported files', readdirSync(exports, { recursive: true }).join('\n'));
    const temporary = readdirSync(tmpdir()).filter((name) => !temporaryBefore.has(name));
    told.set('names of temporary files', temporary.join('\n'));
    for (const [where, text] of told)
      for (const identity of identities)
        expect(text.toLowerCase().includes(identity.toLowerCase()), `${identity} in ${where}`).toBe(false);
  });

  // Last: the browser's driver waits for the navigation that never comes.
  test('it neither navigates, nor opens windows, nor evaluates text, nor fetches from elsewhere', async () => {
    const { page } = studio;
    const before = page.url();
    // From a timer: what the test's own protocol evaluates directly is exempt from the policy.
    const outcome = await page.evaluate<
      Record<string, unknown>
    >(`new Promise((done) => setTimeout(async () => {
      const tried = { opened: window.open('https://example.org/') !== null };
      try {
        tried.evaluated = Function('return 1')();
      } catch {
        tried.evaluated = 'refused';
      }
      for (const url of ['https://example.org/', 'file:///etc/passwd', 'app://elsewhere/index.html'])
        try {
          tried[url] = (await fetch(url)).ok;
        } catch {
          tried[url] = 'refused';
        }
      location.href = 'https://example.org/';
      done(tried);
    }, 0))`);
    await page.waitForTimeout(500);
    expect(page.url()).toBe(before);
    expect(launched.app.windows()).toHaveLength(1);
    expect(outcome).toEqual({
      opened: false,
      evaluated: 'refused',
      'https://example.org/': 'refused',
      'file:///etc/passwd': 'refused',
      'app://elsewhere/index.html': 'refused',
    });
  });
});

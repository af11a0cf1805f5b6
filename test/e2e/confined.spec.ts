import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
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
      const { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity } =
        contents.getLastWebPreferences();
      return { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity };
    });
    expect(set).toEqual({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
    });
  });

  test('a run over real scans asks nothing of the network and writes no patient into its logs or title', async () => {
    asked.length = 0;
    await studio.openArchive(dataPath('archive/sts'), 2);
    await studio.openVolume('STS_025', 'PT');
    await studio.openVolume('STS_008', 'CT');
    await studio.page.waitForTimeout(1000);
    expect(asked.filter((url) => !/^(app|volume|data|blob|devtools):/.test(url))).toEqual([]);
    expect(asked.length).toBeGreaterThan(0);
    expect(
      await launched.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].getTitle()),
    ).toBe('AMLP Studio');
    const logs = [...textsOf(join(home, 'logs')), launched.log()].join('\n');
    for (const identity of ['STS_008', 'STS_025', 'IBSI_1_STS']) expect(logs).not.toContain(identity);
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

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Log, Redaction } from '../../main/shell/log';

describe('redaction', () => {
  const redaction = new Redaction();
  redaction.hide(['STS_008', 'Müller^Anna', 'Room 12 Ward', 'P7']);

  test.each([
    ['opened /home/anna/scans/Müller Anna/CT.dcm', /home|anna|Müller/i],
    ['opened C:\\scans\\Anna\\1.dcm failed', /scans|Anna/],
    ['share \\\\server\\patients\\x', /patients|server/],
    ['series 1.3.6.1.4.1.14519.5.2.1.5168 left out', /14519/],
    ['patient MUSTERMANN^MAX^^ born', /MUSTERMANN|MAX/],
    ['date 19571224 kept', /19571224/],
    ['ID 10472281 kept', /10472281/],
    ['mail a.b@clinic.example sent', /clinic/],
    ['case sts_008 opened', /sts_008/i],
    ['anna was here', /anna/i],
    ['case P7 opened', /P7/],
    ['volume://voxels/abcdef failed', /abcdef/],
  ])('takes what identifies out of %j', (line, secret) => {
    expect(redaction.redact(line)).not.toMatch(secret);
  });

  test('leaves ordinary sentences as they are', () => {
    const line = 'The scan was stopped after 12 of 34 files; 3 left out.';
    expect(redaction.redact(line)).toBe(line);
  });

  test('hides every name that it was told, wherever it stands', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z]{4,12}$/), fc.string(), fc.string(), (name, before, after) => {
        const own = new Redaction();
        own.hide([name]);
        fc.pre(!'<patient><path><uid><name><mail><date><number><address>'.includes(name.toLowerCase()));
        expect(own.redact(`${before}${name}${after}`).toLowerCase()).not.toContain(name.toLowerCase());
      }),
    );
  });
});

test('the log holds one redacted line for each message, in order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'amlp-log-'));
  const log = new Log(folder);
  log.redaction.hide(['SECRET-1']);
  for (let n = 0; n < 20; n++) log.write('warn', `message ${n} of SECRET-1\nat line`);
  await log.flush();
  const lines = readFileSync(join(folder, 'studio.log'), 'utf8').trim().split('\n');
  expect(lines).toHaveLength(20);
  lines.forEach((line, n) =>
    expect(line).toMatch(new RegExp(`Z warn message ${n} of <patient> \\| at line$`)),
  );
  rmSync(folder, { recursive: true });
});

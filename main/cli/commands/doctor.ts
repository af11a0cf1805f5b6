import { availableParallelism, freemem, totalmem } from 'node:os';
import { createRequire } from 'node:module';
import { openRuntime, preferredBackend } from '../../../models/runtime';
import { bytes, type Answer } from '../io';
import type { Register } from '../program';
import { setupReport } from '../setup-report';
import { appVersion } from '../version';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly says: string;
  /** The line that mends it. */
  readonly mend?: string;
}

const load = createRequire(import.meta.url);

async function tensors(): Promise<Finding> {
  try {
    const { device } = await openRuntime({ prefer: preferredBackend(process.env) });
    return { what: 'Tensor library', ok: true, says: device.sentence };
  } catch (error) {
    return {
      what: 'Tensor library',
      ok: false,
      says: error instanceof Error ? error.message : String(error),
      mend: 'npm start (it installs what is missing)',
    };
  }
}

function database(): Finding {
  try {
    load('@photostructure/sqlite');
    return { what: 'Index database', ok: true, says: 'SQLite loads' };
  } catch {
    return { what: 'Index database', ok: false, says: 'SQLite does not load', mend: 'npm ci' };
  }
}

/** From set-up's report: asking the `electron` package itself would start a download. */
function electron(): Finding {
  const found = process.versions.electron ?? setupReport().electron?.version;
  if (found !== undefined) return { what: 'Electron', ok: true, says: found };
  return {
    what: 'Electron',
    ok: false,
    says: 'not installed; the window needs it, the command line does not',
    mend: 'npm start (it installs what is missing)',
  };
}

function tensorLibrary(): Finding {
  const runtime = setupReport().tensorRuntime;
  return {
    what: 'libtensorflow',
    ok: true,
    says: runtime
      ? `${runtime.tensorflow} for ${runtime.variant === 'cuda' ? 'CUDA' : 'the processor'}`
      : 'not put there by set-up',
  };
}

export const doctor: Register = (program, act) => {
  program
    .command('doctor')
    .description('what runs here, what is missing, and the line that mends it')
    .addHelpText('after', '\nExample:\n  amlp-studio doctor')
    .action(
      act(async (): Promise<Answer> => {
        const findings: Finding[] = [
          {
            what: 'AMLP Studio',
            ok: true,
            says: `${appVersion}, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
          },
          {
            what: 'Machine',
            ok: totalmem() > 4e9,
            says: `${availableParallelism()} cores, ${bytes(totalmem())} of memory, ${bytes(freemem())} free`,
            ...(totalmem() > 4e9 ? {} : { mend: 'learning needs 4 GB; use a smaller --width' }),
          },
          await tensors(),
          tensorLibrary(),
          database(),
          electron(),
        ];
        const ok = findings.every((finding) => finding.ok);
        return {
          json: { ok, findings },
          text: findings
            .map(
              ({ what, ok: good, says, mend }) =>
                `${good ? '✓' : '✗'} ${what}: ${says}${mend ? `\n    ${mend}` : ''}`,
            )
            .join('\n'),
          status: ok ? 0 : 1,
        };
      }),
    );
};

/** Indexes a large generated archive with the application's own service and says what it cost. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ArchiveService } from '../../../main/archive/service';
import { writeImageSlice, type ImageSeries } from '../../../main/imaging/dicom/write-image';
import { patientPoint, patientVector } from '../../../main/imaging/space/geometry';
import { forkHost } from '../../../main/shell/process-host';

const SLICES = 200;

/** Series of 200 slices of 8 × 8 voxels: headers as scanners write them, hardly any pixels. */
function generate(folder: string, files: number): void {
  for (let series = 0; series * SLICES < files; series++) {
    const patient = Math.floor(series / 3);
    const place = join(folder, `patient${patient}`, `series${series}`);
    mkdirSync(place, { recursive: true });
    const uid = `1.2.826.0.1.3680043.8.498.1${String(series).padStart(7, '0')}`;
    const image: ImageSeries = {
      modality: (['CT', 'PT', 'MR'] as const)[series % 3],
      patient: { id: `LARGE-${patient}`, name: '' },
      study: {
        uid: `${uid.slice(0, -3)}.9`,
        id: '1',
        description: 'Large',
        date: '20200102',
        time: '120000',
      },
      series: { uid, number: series, description: `Series ${series}` },
      frameOfReference: `${uid}.1`,
      size: [8, 8],
      pixelSpacing: [2, 2],
      sliceSpacing: 3,
      rowDirection: patientVector(1, 0, 0),
      columnDirection: patientVector(0, 1, 0),
      numberOfSlices: SLICES,
    };
    for (let k = 0; k < SLICES && series * SLICES + k < files; k++)
      writeFileSync(
        join(place, `${k}.dcm`),
        writeImageSlice(image, {
          sopInstanceUid: `${uid}.${k + 1}`,
          instanceNumber: k + 1,
          position: patientPoint(0, 0, 3 * k),
          stored: new Int16Array(64).map((_, v) => v * 10),
          slope: 1,
          intercept: 0,
        }),
      );
  }
}

const peakMegabytes = (pid: number | undefined): number =>
  pid === undefined
    ? 0
    : Math.round(Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);

async function run(files: number, bundles: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'amlp-large-'));
  try {
    const scans = join(home, 'scans');
    generate(scans, files);
    const service = (): ArchiveService =>
      new ArchiveService({
        folders: { data: join(home, 'data'), cache: join(home, 'cache') },
        host: forkHost(bundles),
      });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    let archive = service();
    let startedAt = performance.now();
    const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1);
    const indexed = new Promise<void>((resolve) =>
      archive.onProgress((p) => (p.phase === 'done' || p.phase === 'failed') && resolve()),
    );
    await archive.open(scans);
    await indexed;
    const first = seconds();
    const longest = (delay.max / 1e6).toFixed(0);
    const worker = peakMegabytes(archive.workers.scanner);
    const main = peakMegabytes(process.pid);
    const summary = await archive.current();
    startedAt = performance.now();
    delay.reset();
    await archive.worklist();
    const list = ((performance.now() - startedAt) * 1).toFixed(0);
    await archive.close();
    archive = service();
    startedAt = performance.now();
    await archive.open(scans);
    const restart = seconds();
    const again = new Promise<void>((resolve) =>
      archive.onProgress((p) => (p.phase === 'done' || p.phase === 'failed') && resolve()),
    );
    await again;
    const rescan = seconds();
    await archive.close();
    console.log(
      `archive of ${files} files: ${summary?.volumes} volumes of ${summary?.patients} patients in ${first} s; ` +
        `longest pause of main ${longest} ms; peak memory main ${main} MB, worker ${worker} MB; ` +
        `worklist ${list} ms; after a restart shown in ${restart} s, compared with the folder in ${rescan} s`,
    );
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

void run(Number(process.argv[2]), process.argv[3]);

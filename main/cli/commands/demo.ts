import { mkdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { writeAtomic } from '../../learning/store/atomic';
import { learnModality, type ModalityOutcome } from '../demo/learn';
import { demonstrationScans, writeDemonstrationArchive } from '../demo/phantom-archive';
import { demoModalities, demonstration } from '../demo/plan';
import { comparison, demoReport } from '../demo/report';
import { duration, ProgressLine, table, type Answer, type Io } from '../io';
import { sharedRuntime } from '../local';
import { writeSegments } from '../outputs';
import { nameList, UsageError, type Register } from '../program';
import { findScans } from '../scans';

async function exportAll(outcomes: readonly ModalityOutcome[], out: string, io: Io): Promise<string[]> {
  const files: string[] = [];
  for (const { name, tested } of outcomes)
    for (const { code, plan, volume, amlp } of tested) {
      io.signal.throwIfAborted();
      const folder = join(out, 'exported', code, name);
      const written = await writeSegments(
        { folder, geometry: volume.geometry, segments: [{ name: 'GTV', mask: amlp.mask }], plan },
        ['rtstruct', 'seg', 'nifti'],
      );
      files.push(...written.files.map((file) => relative(out, file)));
    }
  return files;
}

export const demo: Register = (program, act, io) => {
  program
    .command('demo')
    .description('the whole job on generated scans, with a report')
    .option('--out <folder>', 'where the archive, the report and the exports go', 'demo-output')
    .option('--modalities <names>', 'which of CT, PET and MR', nameList, ['CT', 'PET', 'MR'])
    .addHelpText(
      'after',
      '\nTakes a few minutes on two cores.\n\nExample:\n  amlp-studio demo --out demo-output',
    )
    .action(
      act(async (options: { out: string; modalities: string[] }): Promise<Answer> => {
        const unknown = options.modalities.find((wanted) =>
          demoModalities.every(({ name }) => name !== wanted),
        );
        if (unknown !== undefined) throw new UsageError(`"${unknown}" is none of CT, PET and MR.`);
        const began = performance.now();
        const out = resolve(options.out);
        const archive = join(out, 'archive');
        const work = join(out, '.work');
        rmSync(work, { recursive: true, force: true });
        mkdirSync(work, { recursive: true });
        const line = new ProgressLine(io);
        await writeDemonstrationArchive(archive, {
          patients: demonstration.patients,
          signal: io.signal,
          onProgress: ({ patient, patients }) =>
            line.show(`Generating patient ${patient} of ${patients}`, (patient - 1) / patients, null),
        });
        const scans = await findScans(demonstrationScans(archive), io.signal);
        line.end();
        const { device } = await sharedRuntime();
        const outcomes: ModalityOutcome[] = [];
        for (const modality of demoModalities.filter(({ name }) => options.modalities.includes(name)))
          outcomes.push(await learnModality(modality, { io, archive, work, scans }));
        const exported = await exportAll(outcomes, out, io);
        const seconds = (performance.now() - began) / 1000;
        const report = join(out, 'report.html');
        writeAtomic(report, [
          demoReport({
            outcomes,
            patients: new Set(scans.plans.map((plan) => plan.patientId)).size,
            series: new Set(scans.plans.map((plan) => plan.seriesUid)).size,
            volumes: scans.plans.length,
            leftOut: scans.leftOut.length,
            device: device.sentence,
            seconds,
            exported,
          }),
        ]);
        rmSync(work, { recursive: true, force: true });
        const results = outcomes.map((outcome) => ({
          modality: outcome.name,
          ...comparison(outcome),
          seconds: outcome.seconds,
          patients: outcome.tested.map(({ code, scratch, amlp }) => ({
            patient: code,
            scratch: scratch.agreement.dsc,
            amlp: amlp.agreement.dsc,
          })),
        }));
        writeAtomic(join(out, 'results.json'), [`${JSON.stringify({ seconds, results }, null, 2)}\n`]);
        return {
          json: { report, seconds, exported: exported.length, results },
          text: `${table(
            ['modality', 'patient', 'DSC from scratch', 'DSC AMLP'],
            results.flatMap(({ modality, patients, scratch, amlp }) => [
              ...patients.map((one) => [modality, one.patient, one.scratch.toFixed(3), one.amlp.toFixed(3)]),
              [modality, 'mean', scratch.toFixed(3), amlp.toFixed(3)],
            ]),
          )}\nThe report is ${report} (${duration(seconds)})`,
        };
      }),
    );
};

import { pairedDifference, summarise } from '../../../models/metrics';
import { Random } from '../../../models/random';
import { lineChart } from '../report/charts';
import { markup, page, type Html } from '../report/html';
import { fullestSlice, slicePicture } from '../report/slice-picture';
import { duration } from '../io';
import type { ModalityOutcome, TestedPatient } from './learn';
import { demonstration } from './plan';

export interface DemoReport {
  readonly outcomes: readonly ModalityOutcome[];
  readonly patients: number;
  readonly series: number;
  readonly volumes: number;
  readonly leftOut: number;
  readonly device: string;
  readonly seconds: number;
  /** Paths relative to the report. */
  readonly exported: readonly string[];
}

const dsc = (v: number): string => v.toFixed(3);
const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

/** How the two arms compare, in numbers. */
export function comparison({ tested }: ModalityOutcome): {
  readonly scratch: number;
  readonly amlp: number;
  readonly difference: number;
  readonly standardError: number;
  readonly p: number;
} {
  const a = tested.map((one) => one.amlp.agreement.dsc);
  const b = tested.map((one) => one.scratch.agreement.dsc);
  const random = new Random(1);
  const paired = pairedDifference(a, b, () => random.uniform());
  return {
    scratch: mean(b),
    amlp: mean(a),
    difference: paired.mean,
    standardError: paired.standardError,
    p: paired.p,
  };
}

/** The report: what was found, what was learnt, what is proposed, how good that is. */
export function demoReport(report: DemoReport): string {
  const { outcomes } = report;
  return page(
    'AMLP Studio: demonstration',
    markup`<h1>AMLP Studio, demonstrated</h1>
      <p class="second">
        The whole job on generated scans: index, learn without contours, teach with a few, propose on patients
        never seen, export. No patient is in it; the figures show that the parts work together, not how well
        they work on real tumours.
      </p>
      <div class="tiles">
        <div class="tile">
          <b>${report.patients}</b><span>patients, ${report.series} series, ${report.volumes} volumes</span>
        </div>
        <div class="tile">
          <b>${demonstration.taughtSlices * demonstration.taught}</b
          ><span>contoured slices of ${demonstration.taught} patients taught each model</span>
        </div>
        <div class="tile">
          <b>${demonstration.tested}</b><span>patients that no model had seen, with or without contours</span>
        </div>
        <div class="tile"><b>${duration(report.seconds)}</b><span>${report.device}</span></div>
      </div>
      <h2>How good the proposals are</h2>
      <p>
        Dice similarity (1 is perfect) of the proposed tumour with the true one, over the whole volume of each
        unseen patient. Both models had the same contours, the same number of steps and the same seed; one
        began with what AMLP had learnt from ${outcomes.at(0)?.scans ?? 0} scans without contours.
      </p>
      ${summaryTable(outcomes)} ${outcomes.map(section)}
      <h2>What was exported</h2>
      <p>The AMLP model’s proposals for the unseen patients, as other systems read them.</p>
      <ul>
        ${report.exported.map((file) => markup`<li><code>${file}</code></li>`)}
      </ul> `,
  );
}

function summaryTable(outcomes: readonly ModalityOutcome[]): Html {
  const rows = outcomes.map((outcome) => {
    const c = comparison(outcome);
    const sign = c.difference >= 0 ? '+' : '−';
    return markup`<tr>
      <td>${outcome.name}</td>
      <td>${dsc(c.scratch)}</td>
      <td>${dsc(c.amlp)}</td>
      <td>${sign}${dsc(Math.abs(c.difference))}</td>
      <td>±${dsc(c.standardError)}</td>
      <td>${c.p.toFixed(2)}</td>
    </tr>`;
  });
  return markup`<table>
      <tr>
        <th>Modality</th>
        <th>From scratch</th>
        <th>AMLP</th>
        <th>Difference</th>
        <th>Standard error</th>
        <th>p (sign flips)</th>
      </tr>
      ${rows}
    </table>
    <p class="second" style="margin-top:12px">
      One seed, ${demonstration.tested} patients and a few minutes of learning: differences within two
      standard errors mean nothing.
    </p>`;
}

function section(outcome: ModalityOutcome): Html {
  const { name, tested, curve, pictures, seconds } = outcome;
  return markup`<h2>${name}</h2>
    <p class="second">
      Learnt from ${outcome.slicesLearnt} slices of ${outcome.scans} scans in ${duration(seconds.pretrain)};
      taught twice with ${outcome.taughtSlices} slices of ${outcome.taughtPatients} patients in
      ${duration(seconds.teach)}; proposed twice on ${tested.length} patients in
      ${duration(seconds.propose)}.${outcome.reading === null ? '' : ` ${outcome.reading}`}
    </p>
    <h3>Proposals on unseen patients</h3>
    <p class="key">
      <span><i style="border-color:var(--truth)"></i>true tumour</span
      ><span><i style="border-color:var(--proposal);border-top-style:dashed"></i>proposed, AMLP</span
      ><span><i style="border-color:var(--scratch);border-top-style:dashed"></i>proposed, from scratch</span>
    </p>
    <div class="grid">${tested.slice(0, 4).map((patient) => patientPicture(patient))}</div>
    <h3>Per patient</h3>
    ${patientTable(tested)}
    <h3>Learning without contours</h3>
    <div class="grid two">
      <div class="chart">
        ${lineChart(
          [
            {
              name: 'loss',
              color: 'var(--accent)',
              points: curve.map(({ epoch, loss }) => [epoch, loss] as const),
            },
          ],
          { xName: 'epoch', yName: 'loss', width: 420 },
        )}
      </div>
      <div class="chart">
        ${lineChart(
          [
            {
              name: 'share of patches masked',
              color: 'var(--proposal)',
              points: curve.map(({ epoch, maskingRatio }) => [epoch, maskingRatio ?? 0] as const),
            },
          ],
          { xName: 'epoch', yName: 'masking ratio', y: [0, 1], width: 420 },
        )}
      </div>
    </div>
    <h3>Original, masked, reconstructed</h3>
    <div class="grid three">
      ${pictures.flatMap(({ original, masked, reconstructed }) =>
        [original, masked, reconstructed].map(
          (source) =>
            markup`<figure>
              <div class="frame"><img alt="" src="${source}" /></div>
            </figure>`,
        ),
      )}
    </div>`;
}

function patientPicture({ code, volume, truth, amlp, scratch }: TestedPatient): Html {
  return slicePicture(
    volume,
    fullestSlice(truth, volume.geometry.size),
    [
      { mask: truth, color: '#57d38c' },
      { mask: scratch.mask, color: '#c58fff', dashed: true },
      { mask: amlp.mask, color: '#ffb454', dashed: true },
    ],
    markup`${code} · AMLP ${dsc(amlp.agreement.dsc)} · from scratch ${dsc(scratch.agreement.dsc)}`,
  );
}

function patientTable(tested: readonly TestedPatient[]): Html {
  const hd = (v: number | null): string => (v === null ? '–' : v.toFixed(1));
  const of = (arm: 'amlp' | 'scratch', key: 'dsc' | 'hd95'): number | null =>
    summarise(tested.map((one) => one[arm].agreement[key]))?.mean ?? null;
  return markup`<table>
    <tr>
      <th>Patient</th>
      <th>True ml</th>
      <th>DSC from scratch</th>
      <th>DSC AMLP</th>
      <th>HD95 from scratch, mm</th>
      <th>HD95 AMLP, mm</th>
    </tr>
    ${tested.map(
      ({ code, scratch, amlp }) =>
        markup`<tr>
          <td>${code}</td>
          <td>${amlp.agreement.trueMillilitres.toFixed(1)}</td>
          <td>${dsc(scratch.agreement.dsc)}</td>
          <td>${dsc(amlp.agreement.dsc)}</td>
          <td>${hd(scratch.agreement.hd95)}</td>
          <td>${hd(amlp.agreement.hd95)}</td>
        </tr>`,
    )}
    <tr class="total">
      <td>Mean</td>
      <td></td>
      <td>${dsc(of('scratch', 'dsc') ?? 0)}</td>
      <td>${dsc(of('amlp', 'dsc') ?? 0)}</td>
      <td>${hd(of('scratch', 'hd95'))}</td>
      <td>${hd(of('amlp', 'hd95'))}</td>
    </tr>
  </table>`;
}

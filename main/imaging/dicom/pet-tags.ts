import type { DataSet } from './dataset';
import { Tag } from './tags';

/** Tags of a PET image that decide on standardised uptake values, as the file writes them ('' or null if absent). */
export interface PetTags {
  readonly manufacturer: string;
  readonly units: string;
  /** SUV Type (0054,1006): BW, LBM, LBMJANMA, BSA, IBW. */
  readonly suvType: string;
  readonly correctedImage: readonly string[];
  readonly decayCorrection: string;
  readonly seriesDate: string;
  readonly seriesTime: string;
  readonly acquisitionDate: string;
  readonly acquisitionTime: string;
  readonly frameReferenceTimeMs: number | null;
  readonly decayFactor: number | null;
  readonly weightKg: number | null;
  readonly heightM: number | null;
  readonly sex: string;
  readonly radiopharmaceutical: string;
  /** Radionuclide Half Life, s. */
  readonly halfLifeSeconds: number | null;
  /** Radionuclide Total Dose, Bq. */
  readonly doseBq: number | null;
  readonly injectionTime: string;
  readonly injectionDateTime: string;
  /** GE (0009,100D): scan start, by which GE corrects the decay. */
  readonly geScanDateTime: string;
  /** Philips (7053,1000): SUVbw of one unit of the rescaled image. */
  readonly philipsSuvFactor: number | null;
  /** Philips (7053,1009): Bq/ml of one unit of the rescaled image. */
  readonly philipsActivityFactor: number | null;
}

const ge = 0x0009100d;
const philipsSuv = 0x70531000;
const philipsActivity = 0x70531009;

export function petTags(d: DataSet): PetTags {
  const drug = d.items(Tag.radiopharmaceuticalSequence)[0];
  const creator = (tag: number, owner: RegExp): boolean => owner.test(d.string(tag));
  const isGe = creator(0x00090010, /^GEMS_PETD_01/);
  const isPhilips = creator(0x70530010, /^Philips PET Private Group/i);
  return {
    manufacturer: d.text(Tag.manufacturer),
    units: d.string(Tag.units),
    suvType: d.string(Tag.suvType),
    correctedImage: d.strings(Tag.correctedImage),
    decayCorrection: d.string(Tag.decayCorrection),
    seriesDate: d.string(Tag.seriesDate),
    seriesTime: d.string(Tag.seriesTime),
    acquisitionDate: d.string(Tag.acquisitionDate),
    acquisitionTime: d.string(Tag.acquisitionTime),
    frameReferenceTimeMs: d.number(Tag.frameReferenceTime, 'DS'),
    decayFactor: d.number(Tag.decayFactor, 'DS'),
    weightKg: d.number(Tag.patientWeight, 'DS'),
    heightM: d.number(Tag.patientSize, 'DS'),
    sex: d.string(Tag.patientSex),
    radiopharmaceutical: drug?.text(Tag.radiopharmaceutical) ?? '',
    halfLifeSeconds: drug?.number(Tag.halfLife, 'DS') ?? null,
    doseBq: drug?.number(Tag.totalDose, 'DS') ?? null,
    injectionTime: drug?.string(Tag.injectionTime) ?? '',
    injectionDateTime: drug?.string(Tag.injectionDateTime) ?? '',
    geScanDateTime: isGe ? d.string(ge) : '',
    philipsSuvFactor: isPhilips ? d.number(philipsSuv, 'DS') : null,
    philipsActivityFactor: isPhilips ? d.number(philipsActivity, 'DS') : null,
  };
}

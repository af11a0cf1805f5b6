import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Shared libraries that libtensorflow 2.21's CUDA build opens while it starts (CUDA 12, cuDNN 9). */
const needed = [
  'libcudart.so.12',
  'libcublas.so.12',
  'libcublasLt.so.12',
  'libcufft.so.11',
  'libcusolver.so.11',
  'libcusparse.so.12',
  'libcudnn.so.9',
] as const;

export interface CudaReport {
  /** Version of the kernel's NVIDIA driver, or null where there is none. */
  readonly driver: string | null;
  /** Cards as the driver names them. */
  readonly cards: readonly string[];
  /** Libraries that are in none of the usual folders. */
  readonly missing: readonly string[];
  /** What to tell the user. */
  readonly sentence: string;
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const cardsOf = (folder: string): string[] => {
  try {
    return readdirSync(folder).flatMap(
      (id) => /^Model:\s*(.+)$/m.exec(read(join(folder, id, 'information')) ?? '')?.[1]?.trim() ?? [],
    );
  } catch {
    return [];
  }
};

/** Folders where the runtime would look: beside the addon, as set-up unpacks them, and the system's. */
const libraryFolders = (addonFolder: string | undefined): string[] => {
  const unpacked = addonFolder ? join(addonFolder, 'deps', 'nvidia') : undefined;
  const own =
    unpacked && existsSync(unpacked) ? readdirSync(unpacked).map((name) => join(unpacked, name, 'lib')) : [];
  return [
    ...own,
    ...(process.env.LD_LIBRARY_PATH ?? '').split(delimiter).filter(Boolean),
    '/usr/local/cuda/lib64',
    '/usr/lib/x86_64-linux-gnu',
    '/usr/lib64',
  ];
};

/**
 * What of CUDA is on this machine. Only looks; nothing is fetched (the libraries are about 3.4 GB, so the user is asked).
 * @param addonFolder folder of the tfjs-node package.
 * @param driverFolder the driver's folder, another one in tests.
 */
export const detectCuda = (addonFolder?: string, driverFolder = '/proc/driver/nvidia'): CudaReport => {
  const driver = /Kernel Module[^\d]*([\d.]+)/.exec(read(join(driverFolder, 'version')) ?? '')?.[1] ?? null;
  const cards = cardsOf(join(driverFolder, 'gpus'));
  const folders = libraryFolders(addonFolder);
  const missing = needed.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  const sentence =
    driver === null || cards.length === 0
      ? 'No NVIDIA driver is loaded, so CUDA is not used.'
      : missing.length > 0
        ? `${cards.join(', ')} (driver ${driver}) could be used; CUDA's libraries are missing (${missing.join(', ')}).`
        : `${cards.join(', ')} (driver ${driver}), with CUDA's libraries.`;
  return { driver, cards, missing, sentence };
};

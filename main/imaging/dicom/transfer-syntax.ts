/** How the frames of a transfer syntax (PS3.5, annex A) are decoded; null where we do not read it. */
export type Codec =
  'native' | 'rle' | 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k' | 'deflated-frame';

export interface TransferSyntax {
  readonly name: string;
  readonly codec: Codec | null;
  readonly bigEndian?: boolean;
  readonly deflated?: boolean;
  /** Defined term of Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1), where what is stored is not what was taken. */
  readonly lossy?: string;
}

export const syntaxes: ReadonlyMap<string, TransferSyntax> = new Map<string, TransferSyntax>([
  ['1.2.840.10008.1.2', { name: 'Implicit VR Little Endian', codec: 'native' }],
  ['1.2.840.10008.1.2.1', { name: 'Explicit VR Little Endian', codec: 'native' }],
  ['1.2.840.10008.1.2.1.99', { name: 'Deflated Explicit VR Little Endian', codec: 'native', deflated: true }],
  ['1.2.840.10008.1.2.2', { name: 'Explicit VR Big Endian', codec: 'native', bigEndian: true }],
  ['1.2.840.10008.1.2.5', { name: 'RLE Lossless', codec: 'rle' }],
  ['1.2.840.10008.1.2.8.1', { name: 'Deflated Image Frame Compression', codec: 'deflated-frame' }],
  ['1.2.840.10008.1.2.4.50', { name: 'JPEG Baseline', codec: 'jpeg', lossy: 'ISO_10918_1' }],
  ['1.2.840.10008.1.2.4.51', { name: 'JPEG Extended', codec: 'jpeg', lossy: 'ISO_10918_1' }],
  ['1.2.840.10008.1.2.4.53', { name: 'JPEG Spectral Selection (retired)', codec: null }],
  ['1.2.840.10008.1.2.4.55', { name: 'JPEG Full Progression (retired)', codec: null }],
  ['1.2.840.10008.1.2.4.57', { name: 'JPEG Lossless', codec: 'jpeg-lossless' }],
  ['1.2.840.10008.1.2.4.70', { name: 'JPEG Lossless, first-order prediction', codec: 'jpeg-lossless' }],
  ['1.2.840.10008.1.2.4.80', { name: 'JPEG-LS Lossless', codec: 'jpeg-ls' }],
  ['1.2.840.10008.1.2.4.81', { name: 'JPEG-LS Near-Lossless', codec: 'jpeg-ls', lossy: 'ISO_14495_1' }],
  ['1.2.840.10008.1.2.4.90', { name: 'JPEG 2000 Lossless', codec: 'jpeg-2000' }],
  ['1.2.840.10008.1.2.4.91', { name: 'JPEG 2000', codec: 'jpeg-2000' }],
  ['1.2.840.10008.1.2.4.201', { name: 'High-Throughput JPEG 2000 Lossless', codec: 'htj2k' }],
  ['1.2.840.10008.1.2.4.202', { name: 'High-Throughput JPEG 2000 RPCL Lossless', codec: 'htj2k' }],
  ['1.2.840.10008.1.2.4.203', { name: 'High-Throughput JPEG 2000', codec: 'htj2k' }],
]);

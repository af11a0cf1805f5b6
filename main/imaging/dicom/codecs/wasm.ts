import charlsFactory from '@cornerstonejs/codec-charls/decodewasmjs';
import charlsWasm from '@cornerstonejs/codec-charls/decodewasm?url&inline';
import jpegFactory from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import jpegWasm from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url&inline';
import openJpegFactory from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import openJpegWasm from '@cornerstonejs/codec-openjpeg/decodewasm?url&inline';
import openJphFactory from '@cornerstonejs/codec-openjph/wasmjs';
import openJphWasm from '@cornerstonejs/codec-openjph/wasm?url&inline';
import { ImagingError } from '../../error';

export interface Decoded {
  /** Little-endian samples of 8 or 16 bits; a copy. */
  readonly pixels: Uint8Array;
  readonly info: FrameInfo;
}
/** Decodes a code stream; `most`: bytes that it may decode to. */
export type WasmCodec = (bytes: Uint8Array, most: number) => Promise<Decoded>;

type Factory = (options: WasmOptions) => Promise<() => WasmDecoder>;

/**
 * A codec whose module is made when first needed. A decoder serves one frame: some keep state from a frame that they
 * failed on. A module that aborted is thrown away, since Emscripten does not recover from that.
 */
function codec(wasm: string, factory: Factory): WasmCodec {
  let loaded: Promise<() => WasmDecoder> | null = null;
  const load = (): Promise<() => WasmDecoder> =>
    (loaded ??= factory({
      wasmBinary: Buffer.from(wasm.slice(wasm.indexOf(',') + 1), 'base64'),
      print: () => undefined,
      printErr: () => undefined,
    }));
  return async (bytes, most) => {
    const create = await load();
    const decoder = create();
    try {
      decoder.getEncodedBuffer(bytes.length).set(bytes);
      decoder.decode();
      const info = decoder.getFrameInfo();
      const decoded = decoder.getDecodedBuffer();
      if (decoded.length > most)
        throw new ImagingError('malformed', 'A frame decodes to more voxels than the header announces.');
      const result = { pixels: decoded.slice(), info: { ...info } };
      decoder.delete();
      return result;
    } catch (thrown) {
      loaded = null;
      throw thrown;
    }
  };
}

export const openJpeg = codec(openJpegWasm, async (o) => {
  const { J2KDecoder } = await openJpegFactory(o);
  return () => new J2KDecoder();
});
export const charls = codec(charlsWasm, async (o) => {
  const { JpegLSDecoder } = await charlsFactory(o);
  return () => new JpegLSDecoder();
});
export const jpegTurbo = codec(jpegWasm, async (o) => {
  const { JPEGDecoder } = await jpegFactory(o);
  return () => new JPEGDecoder();
});
export const openJph = codec(openJphWasm, async (o) => {
  const { HTJ2KDecoder } = await openJphFactory(o);
  return () => new HTJ2KDecoder();
});

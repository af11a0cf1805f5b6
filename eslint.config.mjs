import tseslint from 'typescript-eslint';
import svelte from 'eslint-plugin-svelte';
import svelteConfig from './svelte.config.mjs';

/**
 * Layers (docs/architecture.md): nothing imports upward.
 * `main/imaging/{space,mask}` and `models/metrics` are pure: no Node, no Electron; the window may use them too.
 */
const layer = (files, forbidden, message) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: [{ regex: forbidden, message, allowTypeImports: false }] },
    ],
  },
});
const node = '^node:|^(fs|path|os|child_process|worker_threads|crypto|url|zlib|stream|util|events|buffer)$';

export default tseslint.config(
  { ignores: ['node_modules', 'out', 'dist', 'demo-output', 'test-output'] },
  ...tseslint.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, svelteConfig } },
    rules: { 'no-undef': 'off' },
  },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-undef': 'off',
    },
  },
  layer(
    ['models/**/*.ts'],
    '(^|/)(main|preload|renderer)/|^electron$|dicom|cornerstone|svelte',
    'models knows tensors, nothing of files, DICOM or Electron.',
  ),
  layer(
    ['main/imaging/**/*.ts'],
    '^electron$|(^|/)(archive|annotation|learning|ipc|cli|preload|renderer)/',
    'main/imaging knows nothing of Electron or of what is above it.',
  ),
  layer(
    ['main/imaging/space/**/*.ts', 'main/imaging/mask/**/*.ts'],
    `${node}|^electron$|/(dicom|nifti|archive|annotation|learning|ipc|cli)/`,
    'main/imaging/space and mask are pure: the window uses them too.',
  ),
  layer(['models/metrics/**/*.ts'], `${node}|tensorflow|/main/|^electron$`, 'models/metrics is pure.'),
  layer(
    ['main/{archive,annotation,learning,cli}/**/*.ts'],
    '^electron$|/renderer/',
    'Only main/index.ts, main/shell and main/ipc know Electron.',
  ),
  layer(['main/**/*.ts'], '/renderer/', 'main does not import the window.'),
  layer(
    ['renderer/**/*.{ts,svelte}'],
    `${node}|^electron$|/main/(?!imaging/(space|mask)/|imaging/volume)|/models/(?!metrics/)`,
    'The window sees preload/api (types) and the pure parts: main/imaging/space, main/imaging/mask, models/metrics.',
  ),
  {
    files: ['renderer/**/*.{ts,svelte}'],
    ignores: ['renderer/viewer/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@cornerstonejs/*', '@kitware/*'],
              message: 'Only renderer/viewer knows Cornerstone3D.',
            },
          ],
        },
      ],
    },
  },
);

import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { Parameter, Runtime } from '../runtime/types';

/** How activations are normalised between a convolution and its ReLU; always by the figures of the batch at hand. */
export type Normalisation = 'none' | 'batch' | 'instance' | 'group';

export interface UNetOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Channels of the first level; each level below has twice as many. The paper: 64. */
  readonly width: number;
  /** How often the image is halved; its sides must divide by 2 ** depth. The paper: 4. */
  readonly depth?: number;
  /** Every initialiser derives its own seed from this one. */
  readonly seed: number;
  readonly normalisation?: Normalisation;
}

export interface UNet {
  /**
   * In the order of the layers. Names begin with `encoder.` (carried over to fine-tuning; the bottleneck is its last
   * level), `decoder.` or `head.`.
   */
  readonly parameters: readonly Parameter[];
  /** [N, …space, inChannels] to [N, …space, outChannels]; no activation at the end. */
  forward(x: Tensor): Tensor;
  /** The encoder alone, down to the bottleneck: sides over 2 ** depth, channels times 2 ** depth. */
  encode(x: Tensor): Tensor;
  dispose(): void;
}

export const defaultDepth = 4;

/** Channels of a level, from 0 at full resolution. */
export const channelsOf = (width: number, level: number): number => width * 2 ** level;

/** Groups of a group normalisation: 8 channels each where they divide, as in the usual choice of 32 for 256. */
const groupsOf = (channels: number): number => (channels % 8 === 0 ? channels / 8 : 1);

/** One convolution with what follows it. */
export interface Block {
  readonly kernel: Tensor;
  readonly bias: Tensor1D;
  readonly scale?: Tensor1D;
}

/** @throws where a setting makes no network. */
export const checkOptions = ({ inChannels, outChannels, width, depth = defaultDepth }: UNetOptions): void => {
  const positive = { inChannels, outChannels, width, depth };
  for (const [name, value] of Object.entries(positive)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(`The U-Net's ${name} must be a positive integer, not ${value}.`);
    }
  }
};

/** @throws where `x` cannot pass through a network of this depth. */
const checkShape = (x: Tensor, inChannels: number, depth: number): void => {
  const side = 2 ** depth;
  const fits = x.shape.slice(1, -1).every((length) => length % side === 0) && x.shape.at(-1) === inChannels;
  if (!fits) {
    throw new Error(
      `The U-Net takes ${inChannels} channels and sides divisible by ${side}; it was given [${x.shape.join(', ')}].`,
    );
  }
};

/** Makes the parameters of a network and keeps them under their names. */
export class ParameterMaker {
  readonly parameters: Parameter[] = [];

  constructor(
    private readonly runtime: Runtime,
    private readonly seed: number,
    private readonly normalisation: Normalisation,
  ) {}

  /**
   * A convolution `name` with its bias, and with the scale of a normalisation where one follows (whose shift the bias is).
   * Kernels are normal with variance 2 / fan-in (He et al. 2015, eq. 10).
   * @param shape [...space, in, out], or [...space, out, in] for a transposed one.
   */
  convolution(
    name: string,
    shape: readonly number[],
    { transposed = false, normalised = false } = {},
  ): Block {
    const space = shape.slice(0, -2).reduce((product, length) => product * length, 1);
    const [second, last] = shape.slice(-2) as [number, number];
    const [channelsIn, channelsOut] = transposed ? [last, second] : [second, last];
    // Each output of a 2×2 transposed convolution with stride 2 sees one tap of the kernel.
    const fanIn = transposed ? channelsIn : channelsIn * space;
    const { tf } = this.runtime;
    const kernel = this.add(`${name}.kernel`, true, () =>
      tf.randomNormal([...shape], 0, Math.sqrt(2 / fanIn), 'float32', this.nextSeed()),
    );
    const bias = this.add(`${name}.bias`, false, () => tf.zeros([channelsOut])) as Tensor1D;
    if (!normalised || this.normalisation === 'none') return { kernel, bias };
    const scale = this.add(`${name}.scale`, false, () => tf.ones([channelsOut])) as Tensor1D;
    return { kernel, bias, scale };
  }

  /** What stands between a convolution and its successor. */
  activate(x: Tensor, { bias, scale }: Block): Tensor {
    const { ops } = this.runtime;
    if (!scale || this.normalisation === 'none') return ops.relu(ops.biasAdd(x, bias));
    switch (this.normalisation) {
      case 'batch':
        return ops.relu(ops.batchNorm(x, scale, bias));
      case 'instance':
        return ops.relu(ops.instanceNorm(x, scale, bias));
      case 'group':
        return ops.relu(ops.groupNorm(x, scale, bias, groupsOf(bias.size)));
    }
  }

  private nextSeed(): number {
    // Knuth's multiplicative constant spreads neighbouring seeds; zero would mean "no seed" to the library.
    return (Math.imul(this.seed + 1, 2654435761) ^ Math.imul(this.parameters.length + 1, 40503)) >>> 0 || 1;
  }

  private add(name: string, decay: boolean, values: () => Tensor): Tensor {
    const { tf } = this.runtime;
    const variable = tf.tidy(() => tf.variable(values(), true));
    this.parameters.push({ name, variable, decay, learningRateScale: 1 });
    return variable;
  }
}

/** What a U-Net is made of, whatever its number of dimensions. */
export interface UNetLayers {
  /** 3×3(×3), same size. */
  convolve(x: Tensor, kernel: Tensor): Tensor;
  /** Halves each side. */
  pool(x: Tensor): Tensor;
  /** Doubles each side, by a transposed convolution with stride 2. */
  unpool(x: Tensor, kernel: Tensor, like: Tensor): Tensor;
  readonly space: number;
}

/**
 * The U-Net of the paper (Ronneberger et al. 2015, same-size convolutions): at each level two convolutions, down by
 * max-pooling, up by transposed convolution, and a 1×1 head.
 */
export const makeUNet = (runtime: Runtime, options: UNetOptions, layers: UNetLayers): UNet => {
  checkOptions(options);
  const { inChannels, outChannels, width, depth = defaultDepth, seed, normalisation = 'none' } = options;
  const { tf, ops } = runtime;
  const make = new ParameterMaker(runtime, seed, normalisation);
  const sides = (side: number): number[] => Array.from({ length: layers.space }, () => side);
  const pair = (name: string, from: number, to: number): [Block, Block] => [
    make.convolution(`${name}.conv1`, [...sides(3), from, to], { normalised: true }),
    make.convolution(`${name}.conv2`, [...sides(3), to, to], { normalised: true }),
  ];

  const encoder = Array.from({ length: depth + 1 }, (_, level) =>
    pair(
      `encoder.${level}`,
      level === 0 ? inChannels : channelsOf(width, level - 1),
      channelsOf(width, level),
    ),
  );
  const decoder = Array.from({ length: depth }, (_, i) => {
    const level = depth - 1 - i;
    const [below, here] = [channelsOf(width, level + 1), channelsOf(width, level)];
    const up = make.convolution(`decoder.${level}.up`, [...sides(2), here, below], { transposed: true });
    return { up, pair: pair(`decoder.${level}`, below, here) };
  });
  const head = make.convolution('head', [...sides(1), width, outChannels]);

  const both = (x: Tensor, blocks: readonly Block[]): Tensor =>
    blocks.reduce((y, block) => make.activate(layers.convolve(y, block.kernel), block), x);

  /** What each level of the encoder makes of x, the bottleneck last. */
  const descend = (x: Tensor): Tensor[] => {
    checkShape(x, inChannels, depth);
    const seen: Tensor[] = [];
    for (const [level, blocks] of encoder.entries())
      seen.push(both(level > 0 ? layers.pool(seen[level - 1] as Tensor) : x, blocks));
    return seen;
  };

  return {
    parameters: make.parameters,
    encode: (x) => tf.tidy(() => descend(x)[depth] as Tensor),
    forward: (x) =>
      tf.tidy(() => {
        const skipped = descend(x);
        let y = skipped.pop() as Tensor;
        for (const { up, pair: blocks } of decoder) {
          const skip = skipped.pop() as Tensor;
          const risen = ops.biasAdd(layers.unpool(y, up.kernel, skip), up.bias);
          y = both(tf.concat([skip, risen], -1), blocks);
        }
        return ops.biasAdd(layers.convolve(y, head.kernel), head.bias);
      }),
    dispose: () => tf.dispose(make.parameters.map(({ variable }) => variable)),
  };
};

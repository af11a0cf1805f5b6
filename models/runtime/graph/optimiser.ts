import type { MixedPrecision, Optimiser, Parameter } from '../types';
import { attribute, DataType, type Graph, type GraphNode, type Output } from './graph';
import { GraphVariable } from './variables';

/** Names of a parameter's moments, in the order in which the optimiser keeps them. */
export const momentNames = (optimiser: Optimiser): readonly string[] =>
  optimiser.kind === 'adamw' ? ['first', 'second'] : ['momentum'];

/** Scalars that change from step to step; each is a placeholder of this name. */
export interface UpdateScalars {
  readonly step_size: number;
  readonly epsilon: number;
  /** Decoupled decay of this step: learning rate × weight decay. */
  readonly decay: number;
}

/**
 * AdamW of step `t` (from 1) for an operation that corrects no bias itself: w −= step_size · m / (√v + epsilon).
 * Equals Kingma & Ba's algorithm 1, since both the step and epsilon carry √(1 − β₂ᵗ).
 */
export const updateScalars = (optimiser: Optimiser, learningRate: number, t: number): UpdateScalars => {
  if (optimiser.kind === 'sgd') return { step_size: learningRate, epsilon: 0, decay: 0 };
  const second = Math.sqrt(1 - optimiser.beta2 ** t);
  return {
    step_size: (learningRate * second) / (1 - optimiser.beta1 ** t),
    epsilon: optimiser.epsilon * second,
    decay: learningRate * optimiser.weightDecay,
  };
};

/** PyTorch's guard against division by zero in clip_grad_norm_. */
export const clipGuard = 1e-6;

const use = { use_locking: { b: false }, T: attribute.type(DataType.float32) };

/** The update of one step as a part of the graph. */
export class GraphOptimiser {
  readonly moments: readonly (readonly GraphVariable[])[];
  private readonly scaled = new Map<string, Output>();

  constructor(
    private readonly graph: Graph,
    private readonly optimiser: Optimiser,
    private readonly parameters: readonly Parameter[],
    private readonly weights: readonly GraphVariable[],
  ) {
    const names = momentNames(optimiser);
    this.moments = parameters.map(({ variable }, i) =>
      names.map((name) => new GraphVariable(graph, `${name}_${i}`, variable.shape)),
    );
  }

  /**
   * Adds the update of every parameter; all of them wait for `computed`, so that no weight changes while something
   * still reads it. With float16, `inverseScale` undoes the loss scale, and a step whose gradients are not finite
   * changes nothing.
   * @returns the updating nodes, the node that they wait for, the global norm of the gradients, and for float16 whether the step was finite (1 or 0).
   */
  add(
    raw: readonly Output[],
    computed: readonly GraphNode[],
    mixed: MixedPrecision | null,
    inverseScale?: Output,
  ): { updates: GraphNode[]; computed: GraphNode; norm: Output; finite?: Output } {
    const { graph, optimiser } = this;
    const scalars = {
      step_size: graph.placeholder('step_size', []),
      epsilon: graph.placeholder('epsilon', []),
      decay: graph.placeholder('decay', []),
    };
    let gradients = raw.map((gradient) => {
      const full = graph.cast(gradient, DataType.float32);
      return inverseScale ? graph.float('Mul', [full, inverseScale]) : full;
    });
    // Computed in a step only where clipping or float16 asks for it.
    const norm = this.globalNorm(gradients);
    let finite: Output | undefined;
    if (mixed === 'float16') {
      const isFinite = graph.add(
        'IsFinite',
        [norm],
        { T: attribute.type(DataType.float32) },
        {
          outputTypes: [DataType.bool],
        },
      );
      finite = graph.cast(isFinite, DataType.float32);
      gradients = gradients.map((gradient) => graph.float('SelectV2', [isFinite, gradient, graph.scalar(0)]));
      scalars.step_size = graph.float('Mul', [scalars.step_size, finite]);
      scalars.decay = graph.float('Mul', [scalars.decay, finite]);
    }
    if (optimiser.clipNorm !== undefined) {
      const guarded = graph.float('AddV2', [norm, graph.scalar(clipGuard)]);
      const ratio = graph.float('RealDiv', [graph.scalar(optimiser.clipNorm), guarded]);
      const factor = graph.float('Minimum', [graph.scalar(1), ratio]);
      const safe = finite ? graph.float('MulNoNan', [factor, finite]) : factor;
      gradients = gradients.map((gradient) => graph.float('Mul', [gradient, safe]));
    }
    const barrier = graph.add(
      'NoOp',
      [],
      {},
      {
        name: 'computed',
        control: [...computed, ...gradients.map(({ node }) => node)],
        outputTypes: [],
      },
    ).node;
    const updates = this.parameters.map((parameter, i) =>
      this.update(parameter, i, gradients[i] as Output, scalars, barrier, finite),
    );
    return { updates, computed: barrier, norm, ...(finite && { finite }) };
  }

  private globalNorm(gradients: readonly Output[]): Output {
    const { graph } = this;
    const halves = gradients.map((gradient) => graph.float('L2Loss', [gradient]));
    const sum = graph.add('AddN', halves, {
      T: attribute.type(DataType.float32),
      N: { i: halves.length },
    });
    return graph.float('Sqrt', [graph.float('Mul', [graph.scalar(2), sum])]);
  }

  /** `scalar` times a factor, and times one where the step is not finite (a decay rate of 1 keeps a moment as it is). */
  private scale(name: string, scalar: Output, factor: number): Output {
    if (factor === 1) return scalar;
    const key = `${name} ${factor}`;
    const known = this.scaled.get(key) ?? this.graph.float('Mul', [scalar, this.graph.scalar(factor)]);
    this.scaled.set(key, known);
    return known;
  }

  private rate(name: string, value: number, finite: Output | undefined): Output {
    const known = this.scaled.get(name);
    if (known) return known;
    const { graph } = this;
    const constant = graph.scalar(value);
    // value where finite, else 1: 1 − finite · (1 − value)
    const rate = finite
      ? graph.float('Sub', [graph.scalar(1), graph.float('Mul', [finite, graph.scalar(1 - value)])])
      : constant;
    this.scaled.set(name, rate);
    return rate;
  }

  private update(
    { decay, learningRateScale }: Parameter,
    i: number,
    gradient: Output,
    scalars: Readonly<Record<keyof UpdateScalars, Output>>,
    barrier: GraphNode,
    finite: Output | undefined,
  ): GraphNode {
    const { graph, optimiser } = this;
    const weight = this.weights[i] as GraphVariable;
    const handles = (this.moments[i] ?? []).map(({ handle }) => handle);
    const step = this.scale('step_size', scalars.step_size, learningRateScale);
    const decays = decay && optimiser.weightDecay !== 0;
    if (optimiser.kind === 'sgd') {
      const decayed = decays
        ? graph.float('AddV2', [
            gradient,
            graph.float('Mul', [weight.value, this.sgdDecay(optimiser.weightDecay, finite)]),
          ])
        : gradient;
      return graph.add(
        'ResourceApplyMomentum',
        [weight.handle, ...handles, step, decayed, this.rate('momentum', optimiser.momentum, finite)],
        { ...use, use_nesterov: { b: optimiser.nesterov } },
        { control: [barrier], outputTypes: [] },
      ).node;
    }
    const before = decays
      ? [
          weight.subtract(
            graph,
            graph.float('Mul', [weight.value, this.scale('decay', scalars.decay, learningRateScale)], {
              control: [barrier],
            }),
            [barrier],
          ),
        ]
      : [];
    const none = this.zero();
    return graph.add(
      'ResourceApplyAdam',
      [
        weight.handle,
        ...handles,
        none,
        none,
        step,
        this.rate('beta1', optimiser.beta1, finite),
        this.rate('beta2', optimiser.beta2, finite),
        scalars.epsilon,
        gradient,
      ],
      { ...use, use_nesterov: { b: false } },
      { control: [barrier, ...before], outputTypes: [] },
    ).node;
  }

  private sgdDecay(weightDecay: number, finite: Output | undefined): Output {
    const decay = this.graph.scalar(weightDecay);
    return finite ? this.graph.float('Mul', [decay, finite]) : decay;
  }

  /** Powers of the betas: zero, because the step size already carries the correction. */
  private zero(): Output {
    const known = this.scaled.get('zero') ?? this.graph.scalar(0);
    this.scaled.set('zero', known);
    return known;
  }
}

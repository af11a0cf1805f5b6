import type { InputSpec, Parameter } from './types';

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

const noDuplicates = (what: string, names: readonly string[]): void => {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new Error(`Two ${what} are called "${twice}"; each needs a name of its own.`);
};

/** @throws where names repeat, a shape is not a list of positive integers, or an example has another length. */
export const checkInputs = (inputs: readonly InputSpec[]): void => {
  noDuplicates(
    'inputs',
    inputs.map(({ name }) => name),
  );
  for (const { name, shape, example } of inputs) {
    if (!shape.every((length) => Number.isInteger(length) && length > 0)) {
      throw new Error(`The shape [${shape.join(', ')}] of the input "${name}" must hold positive integers.`);
    }
    if (example && example.length !== size(shape)) {
      throw new Error(
        `The example of the input "${name}" has ${example.length} values; its shape [${shape.join(', ')}] needs ${size(shape)}.`,
      );
    }
  }
};

/** @throws where names repeat or a variable cannot be trained. */
export const checkParameters = (parameters: readonly Parameter[]): void => {
  noDuplicates(
    'parameters',
    parameters.map(({ name }) => name),
  );
  for (const { name, variable, learningRateScale } of parameters) {
    if (variable.isDisposed) throw new Error(`The variable of the parameter "${name}" was already disposed.`);
    if (variable.dtype !== 'float32') throw new Error(`The parameter "${name}" must be float32.`);
    if (!(learningRateScale >= 0)) {
      throw new Error(`The learning-rate scale of the parameter "${name}" must be 0 or more.`);
    }
  }
};

/** Feeds in the order of the inputs. @throws where one is missing or has the wrong length. */
export const orderFeeds = (
  inputs: readonly InputSpec[],
  feeds: Readonly<Record<string, Float32Array>>,
): Float32Array[] =>
  inputs.map(({ name, shape }) => {
    const data = feeds[name];
    if (!data) throw new Error(`The input "${name}" was not fed.`);
    if (data.length !== size(shape)) {
      throw new Error(
        `The input "${name}" got ${data.length} values; its shape [${shape.join(', ')}] needs ${size(shape)}. Pad the last batch.`,
      );
    }
    return data;
  });

/** @throws where a set of values does not have the parameter's size. */
export const checkValues = (what: string, parameter: Parameter, values: Float32Array): void => {
  if (values.length !== parameter.variable.size) {
    throw new Error(
      `The ${what} of "${parameter.name}" have ${values.length} values; the network needs ${parameter.variable.size} ([${parameter.variable.shape.join(', ')}]).`,
    );
  }
};

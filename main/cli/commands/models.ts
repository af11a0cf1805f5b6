import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ModelId, ModelSummary } from '../../../preload/api';
import { ModelExchange } from '../../learning/registry/exchange';
import { modelFile } from '../../learning/registry/model-folder';
import { exportModel } from '../../learning/registry/parcel';
import { ModelRegistry } from '../../learning/registry/registry';
import { TrustBook } from '../../learning/registry/trust';
import { StudioError } from '../../learning/store/failure';
import { studioFolders } from '../../shell/folders';
import { table, type Answer } from '../io';
import type { Register } from '../program';

interface Options {
  readonly home?: string;
}

/** The application's own models: what the command line does here, the window shows. */
function opened({ home }: Options): {
  readonly registry: ModelRegistry;
  readonly files: ModelExchange;
  readonly identity: string;
} {
  const data =
    home === undefined ? studioFolders().data : studioFolders([`--user-data=${resolve(home)}`]).data;
  const registry = new ModelRegistry(join(data, 'learning', 'models'));
  const identity = join(data, 'learning', 'identity');
  return { registry, files: new ModelExchange(registry, identity), identity };
}

const listed = (models: readonly ModelSummary[]): string =>
  models.length === 0
    ? 'There is no model on this machine yet.'
    : table(
        ['ID', 'name', 'kind', 'scans', 'made', 'DSC', 'in use', 'signed by'],
        models.map((model) => [
          model.id,
          model.name,
          model.kind,
          model.profileId,
          model.createdAt.slice(0, 16).replace('T', ' '),
          model.heldBackDsc === null ? '' : model.heldBackDsc.toFixed(2),
          model.active ? 'yes' : '',
          model.importedFrom ?? 'this site',
        ]),
      );

const withHome = (command: Command): Command =>
  command.option('--home <folder>', 'data folder of the application (default: that of this user)');

export const models: Register = (program, act) => {
  const group = program
    .command('models')
    .description('lists, exports, imports, chooses and deletes the models of this machine')
    .addHelpText(
      'after',
      '\nExample:\n  amlp-studio models export 3f0c… --out gtv.amlp\n  amlp-studio models import gtv.amlp --trust 0a1b-2c3d-…',
    );
  withHome(group.command('list'))
    .description('models of every kind of scan, with their figures')
    .action(
      act(async (options: Options): Promise<Answer> => {
        const found = opened(options).registry.all();
        return { json: { models: found }, text: listed(found) };
      }),
    );
  withHome(group.command('export'))
    .description('writes a model as one signed file')
    .argument('<model>', 'ID of a model, or a folder that pretrain or finetune wrote')
    .requiredOption('--out <file>', 'file to write, e.g. gtv.amlp')
    .action(
      act(async (model: string, options: Options & { readonly out: string }): Promise<Answer> => {
        const { files, identity } = opened(options);
        const file = resolve(options.out);
        if (existsSync(file))
          throw new StudioError(`${file} is there already.`, 'Give another name; nothing is overwritten.');
        const signedBy = existsSync(join(model, modelFile))
          ? exportModel(resolve(model), identity, file)
          : files.export(model, file);
        return {
          json: { file, signedBy },
          text: `${file}\nSigned by ${signedBy}; read this out to whoever imports it.`,
        };
      }),
    );
  withHome(group.command('import'))
    .description('verifies a signed model file and takes it over')
    .argument('<file>', 'what models export wrote')
    .option('--trust <fingerprint>', 'fingerprint that its sender told you; asked for once a sender')
    .action(
      act(async (file: string, options: Options & { readonly trust?: string }): Promise<Answer> => {
        const model = opened(options).files.import(resolve(file), options.trust ?? null);
        return { json: { model }, text: `Imported ${model.name} (${model.id}).` };
      }),
    );
  withHome(group.command('use'))
    .description('makes a model the one in use, e.g. to go back to an older one')
    .argument('<id>')
    .action(
      act(async (id: string, options: Options): Promise<Answer> => {
        const { registry } = opened(options);
        registry.activate(id);
        const { name, profileId } = registry.summary(id as ModelId);
        return { json: { id, profileId }, text: `${name} is in use for ${profileId}.` };
      }),
    );
  withHome(group.command('delete'))
    .description('deletes a model for good')
    .argument('<id>')
    .action(
      act(async (id: string, options: Options): Promise<Answer> => {
        const { registry, files } = opened(options);
        const { name } = registry.get(id);
        await files.remove(id);
        return { json: { id }, text: `Deleted ${name}.` };
      }),
    );
  withHome(group.command('fingerprint'))
    .description("tells the fingerprint of this site's own key")
    .action(
      act(async (options: Options): Promise<Answer> => {
        const fingerprint = new TrustBook(opened(options).identity).ownFingerprint();
        return { json: { fingerprint }, text: fingerprint };
      }),
    );
};

import { type Command, Option } from 'commander';

/** What `keygen rotate` and `finish` replace; the same words as in deploy/rotate-keys.ts, which is not loaded for the help. */
export const KEYS = ['channelKey', 'trustKey', 'publication', 'associations'] as const;
/** New associations take the place of the old at once. */
export const FINISHED_KEYS = KEYS.slice(0, -1);

/** `keygen group PLAN`, `keygen rotate KEY FILE…`, `keygen finish KEY FILE…`. */
export function addKeygenCommand(program: Command): void {
  const group = program
    .command('keygen')
    .description(
      'keys for a server on hosts of your own: configurations of a group, and keys replaced in them',
    );
  group
    .command('group')
    .description('configurations of all members and home agents of a group, with keys of their own')
    .argument('<plan>', 'who there is, JSON; deploy/example-plan.json is one')
    .requiredOption('--out <folder>', 'where the files go, for you alone; none that is there is touched')
    .action(makeGroupFiles);
  group
    .command('rotate')
    .description(
      'a new key before the present one, in all files that have it; associations: new ones in their place',
    )
    .argument('<key>', `one of: ${KEYS.join(', ')}`)
    .argument('<file...>', 'configurations of all who share it')
    .addOption(
      new Option('--id <id>', 'name of the new key; default: the present one’s with the next number'),
    )
    .action(rotate);
  group
    .command('finish')
    .description('the new key alone, when all who share it have read it')
    .argument('<key>', `one of: ${FINISHED_KEYS.join(', ')}`)
    .argument('<file...>', 'the same configurations')
    .action(finish);
}

async function makeGroupFiles(plan: string, { out }: { readonly out: string }): Promise<void> {
  const { makeGroup } = await import('../../deploy/make-group.ts');
  const paths = makeGroup(plan, out);
  for (const path of paths) process.stdout.write(`${path}\n`);
}

async function rotate(
  key: string,
  files: readonly string[],
  { id }: { readonly id?: string },
): Promise<void> {
  const { applyRotation } = await import('../../deploy/apply-rotation.ts');
  process.stdout.write(applyRotation({ step: 'rotate', key, files, id }));
}

async function finish(key: string, files: readonly string[]): Promise<void> {
  const { applyRotation } = await import('../../deploy/apply-rotation.ts');
  process.stdout.write(applyRotation({ step: 'finish', key, files, id: undefined }));
}

import { suggestion } from '../../server/nearest-name.ts';
import { axisValues, type HandoffAxes, whyImpossible } from '../../server/variants/axes.ts';
import { handoffVariants, ownVariantName } from '../../server/variants/variants.ts';
import { UsageError } from '../usage-error.ts';
import { isOwnFile, loadOwn } from './load-module.ts';

const EXAMPLE = 'examples/impatient-variant.ts';
const SHAPE =
  "export { name: 'mine', description: '…', freezeAt: 'last-send', … } as the default: docs/own-work.md lists the axes";
const words = ['name', 'description', 'source'];
const needed = ['freezeAt', 'prepareAt', 'returnRoutability'] as const;

type Refuse = (what: string, given: unknown, problem: string, remedy: string) => never;

/** A variant's name, whether a word on the command line is it or the file of one's own. Throws UsageError. */
export async function variantCalled(word: string, field = '--variant'): Promise<string> {
  return isOwnFile(word) ? loadVariant(word, field) : word;
}

/** The name, axes included, of the variant that is the default export of a file. Throws UsageError for one that cannot be. */
export async function loadVariant(path: string, field = '--variant'): Promise<string> {
  const own = { field, what: 'a variant, or a name of `list`', example: EXAMPLE };
  const value = await loadOwn(path, own);
  if (typeof value !== 'object' || value === null)
    throw new UsageError(field, path, 'exports no variant', SHAPE);
  const refuse: Refuse = (what, given, problem, remedy) => {
    throw new UsageError(`${field}: ${path}: ${what}`, String(given), problem, remedy);
  };
  const { name, ...rest } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9+-]*$/.test(name))
    return refuse('name', name, 'is no name', 'give small letters, digits, + and hyphens');
  if (handoffVariants.some((known) => known.name === name))
    return refuse('name', name, 'is the name of one of ours', 'give it a name of its own');
  return ownVariantName(name, axesIn(rest, name, refuse));
}

/** By the table of axes, whatever it has by then. */
function axesIn(fields: Readonly<Record<string, unknown>>, name: string, refuse: Refuse): HandoffAxes {
  const axisNames = Object.keys(axisValues);
  for (const [key, given] of Object.entries(fields)) {
    if (words.includes(key)) continue;
    const allowed = Object.hasOwn(axisValues, key) ? axisValues[key as keyof HandoffAxes] : undefined;
    if (allowed === undefined) {
      const better = suggestion(key, [...words, ...axisNames]) || `; there are: ${axisNames.join(', ')}`;
      refuse(key, given, `is of no axis${better}`, SHAPE);
    } else if ('least' in allowed) {
      const { least, most } = allowed;
      const isIn = Number.isInteger(given) && Number(given) >= least && Number(given) <= most;
      if (!isIn) refuse(key, given, 'is out of bounds', `give a whole number from ${least} to ${most}`);
    } else if (!allowed.includes(given as string))
      refuse(key, given, 'is no value of this axis', `use one of: ${allowed.join(', ')}`);
  }
  for (const axis of needed)
    if (fields[axis] === undefined)
      refuse(
        axis,
        undefined,
        'is missing',
        `use one of: ${(axisValues[axis] as readonly string[]).join(', ')}`,
      );
  const axes = fields as unknown as HandoffAxes;
  const reason = whyImpossible(axes);
  if (reason !== undefined)
    refuse('axes', name, `cannot be had together: ${reason}`, 'change one of the two');
  return axes;
}

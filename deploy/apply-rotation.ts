import { suggestion } from '../server/nearest-name.ts';
import { DeploymentError } from './deployment-error.ts';
import {
  begunRotation,
  finishedRotation,
  newAssociations,
  type Replaceable,
  type Rotation,
  replaceable,
} from './rotate-keys.ts';
import { replaceAll } from './write-files.ts';

interface WantedRotation {
  readonly step: 'rotate' | 'finish';
  readonly key: string;
  readonly files: readonly string[];
  readonly id: string | undefined;
}

/** Ids of keys travel in the clear, as part of an identity (nodes/member/written-keys.ts). */
const ID = /^[A-Za-z0-9._-]{1,32}$/;

/** Replaces a key in files; what has to be done then, for people. Throws DeploymentError, and has changed nothing then. */
export function applyRotation(wanted: WantedRotation): string {
  const { files, told } = rotationOf(wanted);
  replaceAll(files);
  const next =
    wanted.key === 'associations'
      ? 'bring them to their hosts; stop all trusted members, restart the home agent, start the contact node, then the others'
      : wanted.step === 'rotate'
        ? `bring them to their hosts and reload each program, in any order; when all have it: keygen finish ${wanted.key}`
        : 'bring them to their hosts and reload each program, in any order';
  return `${told}, in ${[...files.keys()].join(' ')}\nnext: ${next}\n`;
}

function rotationOf({ step, key, files, id }: WantedRotation): Rotation {
  if (!isReplaceable(key))
    throw new DeploymentError([
      `key: '${key}' is none that can be replaced${suggestion(key, replaceable)}; there are: ${replaceable.join(', ')}`,
    ]);
  if (id !== undefined && !ID.test(id))
    throw new DeploymentError([
      `--id: '${id}' is no id; give 1 to 32 letters, digits, dots, underscores, hyphens`,
    ]);
  if (key !== 'associations')
    return step === 'rotate' ? begunRotation(key, files, id) : finishedRotation(key, files);
  if (step === 'finish')
    throw new DeploymentError(["key: 'associations' are replaced in one step; there is nothing to finish"]);
  if (id !== undefined)
    throw new DeploymentError([`--id: '${id}' has no meaning: associations have numbers of their own`]);
  return newAssociations(files);
}

function isReplaceable(word: string): word is Replaceable {
  return (replaceable as readonly string[]).includes(word);
}

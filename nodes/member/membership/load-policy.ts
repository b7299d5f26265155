import { createRequire } from 'node:module';
import { LabError } from '../../../linux/lab-error.ts';
import { defaultExport } from '../../../server/default-export.ts';
import { type AcceptorPolicy, acceptorPolicy } from '../../../server/membership/acceptor-choice.ts';
import type { MembershipSettings } from './membership-config.ts';

/** A policy that is not one of ours, as its author's module makes it by its default export. */
type PolicyFactory<Options = unknown> = (options: Options) => AcceptorPolicy;

/** The policy that a configuration asks for. Throws ProtocolError for an unknown name, LabError for a module that makes none. */
export function loadPolicy(asked: MembershipSettings['acceptorPolicy'] = 'least-clients'): AcceptorPolicy {
  if (typeof asked === 'string') return acceptorPolicy(asked);
  const { file, options } = asked;
  const make = defaultExport(createRequire(file)(file));
  const policy: unknown = typeof make === 'function' ? (make as PolicyFactory)(options) : undefined;
  if (isPolicy(policy)) return policy;
  throw new LabError(`${file} makes no policy`, {
    remedy: 'export default a function (options) => AcceptorPolicy; see docs/server-library.md',
  });
}

function isPolicy(value: unknown): value is AcceptorPolicy {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'choose') === 'function';
}

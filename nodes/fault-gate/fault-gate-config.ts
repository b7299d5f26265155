import * as z from 'zod/mini';
import { count, ms, port } from '../support/config-numbers.ts';
import { strictObject } from '../support/strict-object.ts';

const names = z.array(z.array(z.string()));
const fault = z.enum([
  ...(['lost', 'doubled', 'delayed'] as const),
  ...(['donor-cut-off', 'acceptor-cut-off', 'donor-killed', 'acceptor-killed'] as const),
]);

/** Configuration of a fault gate; see `fault-gate.ts`. */
export const faultGateConfig = strictObject({
  client: z.ipv6(),
  donor: z.ipv6(),
  acceptor: z.ipv6(),
  contactAddress: z.ipv6(),
  servicePort: port,
  channelPort: port,
  /** network namespaces, and names of processes, of the two members */
  donorNode: z.string(),
  acceptorNode: z.string(),
  /** by session */
  sessions: z.array(z.array(strictObject({ signal: z.string(), fault }))),
  toAcceptor: names,
  toDonor: names,
  /** of the packet filter's queue */
  queue: count,
  copyMs: ms,
  holdMs: ms,
  cutMs: ms,
});

import * as z from 'zod/mini';
import { LONGEST_LIST } from '../../../server/channel/frame-limits.ts';
import { acceptorPolicies } from '../../../server/membership/acceptor-choice.ts';
import { address, moduleFile, oneOfNames, variant } from '../../support/config-fields.ts';
import { positiveMs } from '../../support/config-numbers.ts';
import { strictObject } from '../../support/strict-object.ts';

/** what a timer takes, ms */
const LONGEST_MS = 2 ** 31 - 1;

const policy = oneOfNames('acceptor policy', () => acceptorPolicies.map(({ name }) => name));

/** A member may join the others at run time, and leaves with its clients handed off; absent: the members are fixed. */
export const membershipConfig = strictObject({
  /** care-of addresses of members that this one calls when it starts, to be told of all others; they need not know it */
  introducers: z._default(z.array(address), []),
  /** name of a policy in server/membership/acceptor-choice.ts, or a module whose default export makes one; default `least-clients` */
  acceptorPolicy: z.optional(
    z.union([policy, strictObject({ file: moduleFile, options: z.optional(z.unknown()) })]),
  ),
  /** ms in which a leaving member hands its clients off; connections that remain are lost; default 30,000 */
  leaveMs: z.optional(positiveMs),
  /** ms in which candidates answer how far a client is; default 1000 */
  probeMs: z.optional(positiveMs),
  /** ms after which an absent member is forgotten, unless the configuration names it; default 1,800,000 */
  forgetMs: z.optional(z.number().check(z.gte(1), z.lte(LONGEST_MS))),
  /** members besides this one, away ones included, at most; default 256 */
  limit: z.optional(z.int().check(z.gte(1), z.lte(LONGEST_LIST))),
  /** of the handoffs of a leaving member (server/variants/variants.ts); default `drain+advance-rr` */
  variant: z.optional(variant),
});

export type MembershipSettings = z.infer<typeof membershipConfig>;

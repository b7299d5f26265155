import * as z from 'zod/mini';
import { homeAssociations } from '../support/associations.ts';

const address = z.ipv6();

/** Configuration of a member node; every member of a server names the same contact address and ports. */
export const memberConfig = z.object({
  careOfAddress: address,
  contactAddress: address,
  homeAgent: address,
  /** the contact node's care-of address; equal to `careOfAddress` at the contact node itself */
  contactNode: address,
  /** at the contact node (and its backups): the associations with the home agent */
  associations: z.optional(homeAssociations),
  /** care-of addresses of the other members */
  peers: z.array(address),
  channelPort: z.int(),
  servicePort: z.int(),
  homeLifetimeSeconds: z.int(),
  bindingLifetimeSeconds: z.int(),
  /** ms from Init to Done before the donor serves on */
  doneTimeoutMs: z.number(),
  application: z.object({
    kind: z.literal('download'),
    /** octets after which the client is handed off */
    firstBytes: z.int(),
    /** care-of address of the acceptor; absent: this member hands nobody off */
    acceptor: z.optional(address),
    variant: z.string(),
    waitMs: z.number(),
    /** SO_SNDBUF as asked for: bounds the TCP state that a handoff transfers */
    sendBuffer: z.int(),
  }),
});

export type MemberConfig = z.infer<typeof memberConfig>;

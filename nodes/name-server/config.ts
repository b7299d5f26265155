import * as z from 'zod/mini';
import { sharedKey } from '../member/written-keys.ts';

const address = z.ipv6();
const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const positive = z.number().check(z.gt(0));

/** Configuration of the agent at a name server. */
export const nameServerConfig = z.object({
  /** of this host: NSD answers on it, and members speak to the agent on it */
  address,
  /** of NSD; default 53 */
  port: z.optional(z.int().check(z.gte(1), z.lte(65535))),
  /** domain name that NSD is authoritative for, without a dot at the end */
  zone: z
    .string()
    .check(
      z.maxLength(200),
      z.regex(new RegExp(`^${label}(\\.${label})*$`), 'expected a domain name in small letters'),
    ),
  /** the server's name in it; `ns` is the name server's own */
  name: z
    .string()
    .check(z.regex(new RegExp(`^(?!ns$)${label}$`), 'expected one label of a domain name, and not ns')),
  /** lifetime of the records, s */
  ttlS: z.int().check(z.gte(1)),
  /** ms added to it before an address counts as forgotten; default 1000 */
  marginMs: z.optional(z.number().check(z.gte(0))),
  /** ms until a change that NSD does not serve is tried again; default 2000 */
  retryMs: z.optional(positive),
  /** care-of addresses of the members, who may connect */
  members: z.array(address),
  /** of these, who may change the zone: those that may be contact nodes */
  trusted: z.array(address),
  /** addresses and prefixes (2001:db8:1::/48) that the contact addresses are of; others are neither published nor kept in the zone */
  publishable: z.array(z.union([address, z.cidrv6()])).check(z.minLength(1)),
  channelPort: z.int(),
  /** 32 octets in hexadecimal, or two with their ids, shared with the members and used for nothing else: the channel is TLS 1.3 with it */
  channelKey: sharedKey,
  /** file to which the channel's TLS secrets are appended, for Wireshark; absent: nowhere */
  channelKeyLog: z.optional(z.string()),
  /** ms until a member that acknowledges nothing counts as unreachable; default 5000 */
  channelTimeoutMs: z.optional(positive),
  /** where the zone is kept, which outlives the agent, and NSD's own files; made when it is not there. A socket must be possible in it */
  folder: z
    .string()
    .check(z.regex(/^\/[^"\s]{1,80}$/, 'expected an absolute path without spaces, 80 octets at most')),
  /** default /usr/sbin/nsd and /usr/sbin/nsd-control */
  nsd: z.optional(z.string()),
  nsdControl: z.optional(z.string()),
});

export type NameServerConfig = z.infer<typeof nameServerConfig>;

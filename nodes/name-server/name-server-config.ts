import * as z from 'zod/mini';
import { ipv6 } from '../../mip6/wire/address.ts';
import { sharedKey } from '../member/written-keys.ts';
import { address } from '../support/config-fields.ts';
import { ms, port, positiveMs } from '../support/config-numbers.ts';
import { observationConfig } from '../support/observation/observation-config.ts';
import { strictObject } from '../support/strict-object.ts';

/** RFC 2181 §8. */
const LONGEST_TTL_S = 2 ** 31 - 1;
const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';

/** Configuration of the agent at a name server. */
const fields = strictObject({
  /** of this host: NSD answers on it, and members speak to the agent on it */
  address,
  /** of NSD; default 53 */
  port: z.optional(port),
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
  ttlS: z.int().check(z.gte(1), z.lte(LONGEST_TTL_S)),
  /** ms added to it before an address counts as forgotten; default 1000 */
  marginMs: z.optional(ms),
  /** ms until a change that NSD does not serve is tried again; default 2000 */
  retryMs: z.optional(positiveMs),
  /** care-of addresses of the members, who may connect */
  members: z.array(address),
  /** of these, who may change the zone: those that may be contact nodes */
  trusted: z.array(address),
  /** addresses and prefixes (2001:db8:1::/48) that the contact addresses are of; others are neither published nor kept in the zone */
  publishable: z.array(z.union([address, z.cidrv6()])).check(z.minLength(1)),
  channelPort: port,
  /** 32 octets in hexadecimal, or two with their ids, shared with the members and used for nothing else: the channel is TLS 1.3 with it */
  channelKey: sharedKey,
  /** file to which the channel's TLS secrets are appended, for Wireshark; absent: nowhere */
  channelKeyLog: z.optional(z.string()),
  /** ms until a member that acknowledges nothing counts as unreachable; default 5000 */
  channelTimeoutMs: z.optional(positiveMs),
  /** where the zone is kept, which outlives the agent, and NSD's own files; made when it is not there. A socket must be possible in it */
  folder: z
    .string()
    .check(z.regex(/^\/[^"\s]{1,80}$/, 'expected an absolute path without spaces, 80 octets at most')),
  /** default /usr/sbin/nsd and /usr/sbin/nsd-control */
  nsd: z.optional(z.string()),
  nsdControl: z.optional(z.string()),
  /** absent: nobody can ask how this program is */
  observe: z.optional(observationConfig),
});

export const nameServerConfig = fields.check((checked) => {
  // What is wrong by itself is told first.
  if (checked.issues.length > 0) return;
  const { address: own, members, trusted, port: served = 53, channelPort } = checked.value;
  const issue = (path: (string | number)[], message: string): void =>
    void checked.issues.push({ code: 'custom', input: checked.value, path, message });
  if (served === channelPort) issue(['channelPort'], 'is NSD’s port, too');
  const known = members.map(ipv6);
  for (const [index, member] of known.entries()) {
    if (member === ipv6(own)) issue(['members', index], 'is the name server’s own address');
    if (known.indexOf(member) < index) issue(['members', index], 'is there twice');
  }
  for (const [index, member] of trusted.entries())
    if (!known.includes(ipv6(member))) issue(['trusted', index], 'is none of the members');
});

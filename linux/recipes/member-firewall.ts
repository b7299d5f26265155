import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import {
  count,
  drop,
  type FilterExpression,
  type FilterTable,
  keepBits,
  loadMeta,
  loadPayload,
  onlyIf,
} from '../netlink/nf-tables.ts';

/** Socket mark (SO_MARK) of a connection that is reset on purpose: its application breaks it off, or the member does not take it. */
export const RESET_MARK = 0x52;

/** Name of the member's table, of IPv6. */
export const memberTable = 'handoff_member';

/** nft(8)'s priority `filter` */
const FILTER = 0;
/** offsets and lengths in octets (RFC 8200 §3, RFC 9293 §3.1) */
const SOURCE_ADDRESS = { at: 8, octets: 16 } as const;
const TCP = 6;
const TCP_FLAGS = { at: 13, octets: 1 } as const;
const RESET = Uint8Array.of(0x04);

/**
 * The member's part of the packet filter: it never sends a TCP reset from a contact address, but for connections that
 * carry the mark. A member that lost its state would otherwise reset connections that another member could still serve; and since the
 * sockets of clients are closed by resets when a process dies, its death is silence.
 */
export function memberFirewall(homeAddresses: readonly Ipv6Address[]): FilterTable {
  return {
    name: memberTable,
    chain: { name: 'output', hook: 'output', priority: FILTER },
    rules: homeAddresses.map(withoutResets),
  };
}

/** `ip6 saddr ADDRESS tcp flags & rst == rst meta mark != MARK counter drop` */
function withoutResets(address: Ipv6Address): readonly FilterExpression[] {
  const mark = new Uint8Array(4);
  // Marks lie in the machine's own order, little-endian.
  new DataView(mark.buffer).setUint32(0, RESET_MARK, true);
  return [
    loadPayload('network', SOURCE_ADDRESS.at, SOURCE_ADDRESS.octets),
    onlyIf('equal', ipv6ToBytes(address)),
    loadMeta('protocol'),
    onlyIf('equal', Uint8Array.of(TCP)),
    loadPayload('transport', TCP_FLAGS.at, TCP_FLAGS.octets),
    keepBits(RESET),
    onlyIf('equal', RESET),
    loadMeta('mark'),
    onlyIf('different', mark),
    count(),
    drop(),
  ];
}

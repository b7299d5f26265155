import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** Socket mark (SO_MARK) of a connection that is reset on purpose: its application breaks it off, or the member does not take it. */
export const RESET_MARK = 0x52;

/** Family and name of the member's table. */
export const memberTable = 'ip6 handoff_member';

/**
 * An nftables script, for `applyNftScript`: this member never sends a TCP reset from a contact address, but for connections that
 * carry the mark. A member that lost its state would otherwise reset connections that another member could still serve; and since the
 * sockets of clients are closed by resets when a process dies, its death is silence.
 */
export function memberFirewall(homeAddresses: readonly Ipv6Address[]): string {
  return [
    // In one transaction: what a killed member left behind is replaced, and at no instant is there no filter.
    withoutMemberFirewall,
    `table ${memberTable} {`,
    '  chain output {',
    '    type filter hook output priority filter; policy accept;',
    ...homeAddresses.map(
      (address) => `    ip6 saddr ${address} tcp flags & rst == rst meta mark != ${RESET_MARK} counter drop`,
    ),
    '  }',
    '}',
    '',
  ].join('\n');
}

/** An nftables script that removes the member's table, whether it is there or not. */
export const withoutMemberFirewall = `table ${memberTable}\ndelete table ${memberTable}\n`;

import type { Ipv6Address } from '../../mip6/wire/address.ts';

/**
 * An nftables script, for `applyNftScript`: this member never sends a TCP reset from the contact address. A member
 * that lost its state would otherwise reset connections that another member could still serve.
 */
export function memberFirewall({ homeAddress }: { readonly homeAddress: Ipv6Address }): string {
  return [
    // In one transaction: what a killed member left behind is replaced, and at no instant is there no filter.
    withoutMemberFirewall,
    'table ip6 handoff_member {',
    '  chain output {',
    '    type filter hook output priority filter; policy accept;',
    `    ip6 saddr ${homeAddress} tcp flags & rst == rst counter drop`,
    '  }',
    '}',
    '',
  ].join('\n');
}

/** An nftables script that removes the member's table, whether it is there or not. */
export const withoutMemberFirewall = 'table ip6 handoff_member\ndelete table ip6 handoff_member\n';

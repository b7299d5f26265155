import type { Ipv6Address } from '../../mip6/wire/address.ts';

/**
 * An nftables script, for `applyNftScript`: this member never sends a TCP reset from the contact address. A member
 * that lost its state would otherwise reset connections that another member could still serve.
 */
export function memberFirewall({ homeAddress }: { readonly homeAddress: Ipv6Address }): string {
  return [
    'table ip6 handoff_member {',
    '  chain output {',
    '    type filter hook output priority filter; policy accept;',
    `    ip6 saddr ${homeAddress} tcp flags & rst == rst counter drop`,
    '  }',
    '}',
    '',
  ].join('\n');
}

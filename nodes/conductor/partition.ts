/**
 * A packet dropped where it is sent is an error to its sender, of which a handshake, for one, dies; a network loses it without a word.
 * So it goes on to the next hop, for whom it is worthless: to an address that nobody has (RFC 6666), with nothing left of its hop limit.
 */
const lose = 'ip6 daddr set 100::1 ip6 hoplimit set 1';

/** The argument of nft(8) that cuts a machine off: everything, or what comes from and goes to `addresses`; it replaces an earlier cut. */
export function cutScript(addresses: readonly string[] | undefined): string {
  const [from, to] =
    addresses === undefined
      ? ['iif != lo', 'oif != lo']
      : [`ip6 saddr { ${addresses.join(', ')} }`, `ip6 daddr { ${addresses.join(', ')} }`];
  return `add table inet cut; delete table inet cut; table inet cut {
  chain inward { type filter hook prerouting priority -400; ${from} drop; }
  chain outward { type filter hook postrouting priority 400; ${to} ${lose}; }
}`;
}

/** Works whether there is a cut or not. */
export const healScript = 'add table inet cut; delete table inet cut';

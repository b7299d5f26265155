/** The argument of nft(8) that cuts a machine off: everything, or what comes from and goes to `addresses`; it replaces an earlier cut. */
export function cutScript(addresses: readonly string[] | undefined): string {
  const [from, to] =
    addresses === undefined
      ? ['iif != lo', 'oif != lo']
      : [`ip6 saddr { ${addresses.join(', ')} }`, `ip6 daddr { ${addresses.join(', ')} }`];
  return `add table inet cut; delete table inet cut; table inet cut {
  chain inward { type filter hook prerouting priority -400; ${from} drop; }
  chain outward { type filter hook postrouting priority 400; ${to} drop; }
}`;
}

/** Works whether there is a cut or not. */
export const healScript = 'add table inet cut; delete table inet cut';

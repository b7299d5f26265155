import type { Ipv6Address } from '../../wire/address.ts';

/**
 * Whether a binding of `homeAddress` to `careOfAddress` would lead back to itself, perhaps by way of other bindings: an update that asks
 * for it is silently discarded (RFC 6275 §6.1.7). `boundTo`: the care-of address of a binding in force.
 */
export function leadsBack(
  homeAddress: Ipv6Address,
  careOfAddress: Ipv6Address,
  boundTo: (homeAddress: Ipv6Address) => Ipv6Address | undefined,
): boolean {
  const passed = new Set<Ipv6Address>();
  let at: Ipv6Address | undefined = careOfAddress;
  // Bindings of before this rule, or of several updates at once, may be a circle of their own.
  while (at !== undefined && !passed.has(at)) {
    if (at === homeAddress) return true;
    passed.add(at);
    at = boundTo(at);
  }
  return false;
}

import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { KeyedChannel } from '../../nodes/member/channel-security.ts';

/** With one group key, for members of which none is trusted. */
export function tlsChannel(groupKey: Uint8Array, self: Ipv6Address, keyLogPath?: string): KeyedChannel {
  const keys = { group: [{ key: groupKey }], trust: [] };
  return new KeyedChannel({ keys, self, ...(keyLogPath === undefined ? {} : { keyLogPath }) });
}

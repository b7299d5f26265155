import type { HandoffOptions } from '../../applications/server-library.ts';
import { type Ipv6Address, ipv6, isIpv6 } from '../../mip6/wire/address.ts';
import { handoffVariant } from '../../server/variants/variants.ts';
import type { Destination } from './departures.ts';

const DEFAULT_VARIANT = handoffVariant('drain+advance-rr');

/** What an application says of a handoff, looked at. Throws TypeError, or ProtocolError for a variant that there is not. */
export function destination(
  acceptor: string,
  { variant = DEFAULT_VARIANT, waitMs = 0, signal }: HandoffOptions,
): Destination {
  if (!(waitMs >= 0)) throw new TypeError(`waitMs: ${waitMs} is no number of ms from 0`);
  return {
    acceptor: addressOf('acceptor', acceptor),
    variant: typeof variant === 'string' ? handoffVariant(variant) : variant,
    waitMs,
    signal,
  };
}

/** An address that an application gives; `name`: what it calls it. Throws TypeError. */
export function addressOf(name: string, text: string): Ipv6Address {
  if (typeof text === 'string' && isIpv6(text)) return ipv6(text);
  throw new TypeError(`${name}: ${JSON.stringify(text)} is no IPv6 address, such as 2001:db8:2::2`);
}

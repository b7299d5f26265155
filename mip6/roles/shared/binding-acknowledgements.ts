import type { Ipv6Address } from '../../wire/address.ts';
import { emitAuthenticated } from '../../wire/binding-authorization-data.ts';
import type { BindingAcknowledgement } from '../../wire/messages.ts';
import { emitMobilityHeader } from '../../wire/mobility-header.ts';
import type { MobilityOption } from '../../wire/mobility-options.ts';
import type { BindingRequest } from './binding-request.ts';
import type { Transmission } from './datagram.ts';

interface AcknowledgementContent {
  /** RFC 6275 §6.1.8 */
  readonly status: number;
  readonly sequence: number;
  /** seconds, a multiple of 4 */
  readonly lifetimeSeconds: number;
  readonly options?: readonly MobilityOption[];
}

/** What authorises an acknowledgement: what authorised its update. */
export interface Authorization {
  /** 20 octets */
  readonly kbm: Uint8Array;
  /** that the authenticator covers */
  readonly careOfAddress: Ipv6Address;
}

/**
 * The acknowledgement of a request, addressed as RFC 6275 §9.5.4 says: to the update's IPv6 source address, with a type 2
 * routing header unless that is the home address itself. The Binding Cache has no say.
 * Without `authorization` it carries no authorization data.
 */
export function acknowledgementOf(
  request: BindingRequest,
  content: AcknowledgementContent,
  authorization?: Authorization,
): Transmission {
  const { receiver, homeAddress, headerAddress } = request;
  const addresses = { source: receiver, destination: homeAddress };
  const message: BindingAcknowledgement = {
    kind: 'binding-acknowledgement',
    keyManagement: false,
    options: [],
    ...content,
  };
  const bytes =
    authorization === undefined
      ? emitMobilityHeader(message, addresses)
      : emitAuthenticated(message, authorization.kbm, authorization.careOfAddress, receiver, addresses);
  const direct = headerAddress === homeAddress;
  return {
    kind: 'transmit',
    ...addresses,
    bytes,
    ...(direct ? {} : { careOfAddress: headerAddress, routingHeader: true }),
  };
}

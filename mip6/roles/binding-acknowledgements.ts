import { emitAuthenticated } from '../wire/binding-authorization-data.ts';
import type { BindingAcknowledgement, MobilityOption } from '../wire/messages.ts';
import { emitMobilityHeader } from '../wire/mobility-header.ts';
import { authorizedCareOfAddress, type BindingRequest } from './binding-request.ts';
import type { Transmission } from './datagram.ts';

export interface AcknowledgementContent {
  /** RFC 6275 §6.1.8 */
  readonly status: number;
  readonly sequence: number;
  /** seconds, a multiple of 4 */
  readonly lifetimeSeconds: number;
  readonly options?: readonly MobilityOption[];
}

/**
 * The acknowledgement of a request, addressed as RFC 6275 §9.5.4 says: to the update's IPv6 source address, with a type 2
 * routing header unless that is the home address itself. The Binding Cache has no say.
 * `kbm`: 20 octets, to authorise it.
 */
export function acknowledgementOf(
  request: BindingRequest,
  content: AcknowledgementContent,
  kbm?: Uint8Array,
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
    kbm === undefined
      ? emitMobilityHeader(message, addresses)
      : emitAuthenticated(message, kbm, authorizedCareOfAddress(request), receiver, addresses);
  const direct = headerAddress === homeAddress;
  return {
    kind: 'transmit',
    ...addresses,
    bytes,
    ...(direct ? {} : { careOfAddress: headerAddress, routingHeader: true }),
  };
}

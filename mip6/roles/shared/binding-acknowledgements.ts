import type { BindingAcknowledgement } from '../../wire/messages.ts';
import { type ChecksumAddresses, emitMobilityHeader } from '../../wire/mobility-header.ts';
import type { MobilityOption } from '../../wire/mobility-options.ts';
import type { BindingRequest } from './binding-request.ts';
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
 * `emit` makes the message; default: without authorization data.
 */
export function acknowledgementOf(
  request: BindingRequest,
  content: AcknowledgementContent,
  emit: (message: BindingAcknowledgement, addresses: ChecksumAddresses) => Uint8Array = emitMobilityHeader,
): Transmission {
  const { receiver, homeAddress, headerAddress } = request;
  const addresses = { source: receiver, destination: homeAddress };
  const message: BindingAcknowledgement = {
    kind: 'binding-acknowledgement',
    keyManagement: false,
    options: [],
    ...content,
  };
  const direct = headerAddress === homeAddress;
  return {
    kind: 'transmit',
    ...addresses,
    bytes: emit(message, addresses),
    ...(direct ? {} : { careOfAddress: headerAddress, routingHeader: true }),
  };
}

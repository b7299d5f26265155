import { IPV6_ADDRESS_OCTETS, ipv6ToBytes, readAddress } from './address.ts';
import { MhType } from './constants.ts';
import { frameMessage, type MessageCodec, messageOptions } from './message-frame.ts';
import type { BindingError } from './messages.ts';
import { readNumber, writeNumber, writeOctets } from './octets.ts';

/*
 * Binding Error (BE), RFC 6275 §6.1.9: a node reports that it has no binding for a Home Address option, or that it
 * does not know an MH Type.
 *
 *   octet  width  field
 *   6      1      Status: 1 unknown binding for a Home Address option, 2 unrecognized MH Type
 *   7      1      Reserved: zero from a sender, not looked at by a receiver
 *   8      16     Home Address: the one in the option of the offending packet, `::` if it had none
 *   24     …      mobility options (none defined)
 */
const LAYOUT = {
  status: { name: 'Status', at: 6, octets: 1 },
  homeAddress: { name: 'Home Address', at: 8, octets: IPV6_ADDRESS_OCTETS },
  optionsAt: 24,
} as const;

/** Parses and emits Binding Error messages. */
export const bindingError: MessageCodec<BindingError> = {
  mhType: MhType.bindingError,
  optionsAt: LAYOUT.optionsAt,
  parse: (header) => ({
    kind: 'binding-error',
    status: readNumber(header, LAYOUT.status),
    homeAddress: readAddress(header, LAYOUT.homeAddress),
    options: messageOptions(header, LAYOUT.optionsAt),
  }),
  emit: (message) =>
    frameMessage(bindingError, message.options, (header) => {
      writeNumber(header, LAYOUT.status, message.status);
      writeOctets(header, LAYOUT.homeAddress, ipv6ToBytes(message.homeAddress));
    }),
};

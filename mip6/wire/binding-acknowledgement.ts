import { MhType } from './constants.ts';
import { readLifetime, writeLifetime } from './lifetime.ts';
import { frameMessage, type MessageCodec, messageOptions } from './message-frame.ts';
import type { BindingAcknowledgement } from './messages.ts';
import { readNumber, writeNumber } from './octets.ts';

/*
 * Binding Acknowledgement (BA), RFC 6275 §6.1.8: the answer of a home agent or correspondent node to a Binding Update.
 *
 *   octet  width  field
 *   6      1      Status: below 128 accepted, 128 and above rejected
 *   7      1      top bit: K (key management mobility); the other 7 bits are zero from a sender, not looked
 *                 at by a receiver
 *   8      2      Sequence #: the Binding Update's; with status 135 the last accepted one
 *   10     2      Lifetime: granted, in units of 4 seconds; without meaning in a rejection
 *   12     …      mobility options: Binding Authorization Data, Binding Refresh Advice
 */
const LAYOUT = {
  status: { name: 'Status', at: 6, octets: 1 },
  flags: { name: 'flags', at: 7, octets: 1 },
  sequence: { name: 'Sequence #', at: 8, octets: 2 },
  lifetime: { name: 'Lifetime', at: 10, octets: 2 },
  optionsAt: 12,
} as const;

const FLAG = { keyManagement: 0x80 } as const;

/** Parses and emits Binding Acknowledgement messages. */
export const bindingAcknowledgement: MessageCodec<BindingAcknowledgement> = {
  mhType: MhType.bindingAcknowledgement,
  optionsAt: LAYOUT.optionsAt,
  parse: (header) => ({
    kind: 'binding-acknowledgement',
    status: readNumber(header, LAYOUT.status),
    keyManagement: (readNumber(header, LAYOUT.flags) & FLAG.keyManagement) !== 0,
    sequence: readNumber(header, LAYOUT.sequence),
    lifetimeSeconds: readLifetime(header, LAYOUT.lifetime),
    options: messageOptions(header, LAYOUT.optionsAt),
  }),
  emit: (message) =>
    frameMessage(bindingAcknowledgement, message.options, (header) => {
      writeNumber(header, LAYOUT.status, message.status);
      writeNumber(header, LAYOUT.flags, message.keyManagement ? FLAG.keyManagement : 0);
      writeNumber(header, LAYOUT.sequence, message.sequence);
      writeLifetime(header, LAYOUT.lifetime, message.lifetimeSeconds);
    }),
};

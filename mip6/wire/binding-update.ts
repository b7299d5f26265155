import { MhType } from './constants.ts';
import { readLifetime, writeLifetime } from './lifetime.ts';
import { frameMessage, type MessageCodec, messageOptions } from './message-frame.ts';
import type { BindingUpdate } from './messages.ts';
import { readNumber, writeNumber } from './octets.ts';

/*
 * Binding Update (BU), RFC 6275 §6.1.7: a mobile node tells its home agent or a correspondent node its care-of address.
 *
 *   octet  width  field
 *   6      2      Sequence #: orders Binding Updates, modulo 2^16
 *   8      2      flags from the top bit: A (acknowledge), H (home registration), L (link-local address
 *                 compatibility), K (key management mobility); the other 12 bits are zero from a sender,
 *                 not looked at by a receiver
 *   10     2      Lifetime: units of 4 seconds until the binding expires; 0 deletes it
 *   12     …      mobility options: Binding Authorization Data, Nonce Indices, Alternate Care-of Address
 */
const LAYOUT = {
  sequence: { name: 'Sequence #', at: 6, octets: 2 },
  flags: { name: 'flags', at: 8, octets: 2 },
  lifetime: { name: 'Lifetime', at: 10, octets: 2 },
  optionsAt: 12,
} as const;

const FLAG = {
  acknowledge: 0x8000,
  homeRegistration: 0x4000,
  linkLocalCompatibility: 0x2000,
  keyManagement: 0x1000,
} as const;

/** Parses and emits Binding Update messages. */
export const bindingUpdate: MessageCodec<BindingUpdate> = {
  mhType: MhType.bindingUpdate,
  optionsAt: LAYOUT.optionsAt,
  parse: parseBindingUpdate,
  emit: (message) =>
    frameMessage(bindingUpdate, message.options, (header) => {
      writeNumber(header, LAYOUT.sequence, message.sequence);
      writeNumber(header, LAYOUT.flags, flagsOf(message));
      writeLifetime(header, LAYOUT.lifetime, message.lifetimeSeconds);
    }),
};

function parseBindingUpdate(header: Uint8Array): BindingUpdate {
  const flags = readNumber(header, LAYOUT.flags);
  return {
    kind: 'binding-update',
    sequence: readNumber(header, LAYOUT.sequence),
    acknowledge: (flags & FLAG.acknowledge) !== 0,
    homeRegistration: (flags & FLAG.homeRegistration) !== 0,
    linkLocalCompatibility: (flags & FLAG.linkLocalCompatibility) !== 0,
    keyManagement: (flags & FLAG.keyManagement) !== 0,
    lifetimeSeconds: readLifetime(header, LAYOUT.lifetime),
    options: messageOptions(header, LAYOUT.optionsAt),
  };
}

function flagsOf(message: BindingUpdate): number {
  return (
    (message.acknowledge ? FLAG.acknowledge : 0) |
    (message.homeRegistration ? FLAG.homeRegistration : 0) |
    (message.linkLocalCompatibility ? FLAG.linkLocalCompatibility : 0) |
    (message.keyManagement ? FLAG.keyManagement : 0)
  );
}

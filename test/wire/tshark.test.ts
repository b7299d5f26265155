import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ipv6 } from '../../mip6/wire/address.ts';
import type { ExtensionHeader } from '../../mip6/wire/extension-header.ts';
import { emitIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import { emitMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import type { MobilityOption } from '../../mip6/wire/mobility-options.ts';
import { loadGolden, toHex } from '../support/golden.ts';
import { homeAddressHeader } from '../support/home-address-header.ts';
import { canonical, MESSAGE_FIELDS, messageFields } from '../support/mip6-fields.ts';
import { dissect } from '../support/tshark.ts';
import { mobilityMessage } from '../support/wire-arbitraries.ts';

/*
 * tshark dissects what our codec emits. It knows every field of the Mobility Header but does not verify its
 * checksum: golden.test.ts compares that with scapy's.
 */
const HOME = ipv6('2001:db8:1::100');
const CARE_OF = ipv6('2001:db8:2::2');
const CORRESPONDENT = ipv6('2001:db8:c::2');
const FAULTS = ['_ws.malformed', '_ws.expert.message'];
// What tshark says about an option type it has no dissector for.
const UNKNOWN_OPTION_REMARK = 'IE data not dissected yet';
const CARRIER_FIELDS = [
  'mip6.hlen',
  'ipv6.plen',
  'ipv6.opt.mipv6.home_address',
  'ipv6.routing.mipv6.home_address',
  'ipv6.routing.segleft',
];
const RANDOM_MESSAGES = 400;
const SEED = 6275;
// Types below are of other standards, which tshark knows.
const LOWEST_UNKNOWN_TYPE = 128;

interface Sent {
  readonly message: MobilityMessage;
  readonly packet: Uint8Array;
  readonly carrier: Readonly<Record<string, readonly string[]>>;
}

function send(message: MobilityMessage, mobileSource: boolean, mobileDestination: boolean): Sent {
  const source = mobileSource ? HOME : CARE_OF;
  const destination = mobileDestination ? HOME : CORRESPONDENT;
  const payload = emitMobilityHeader(message, { source, destination });
  const extensionHeaders: ExtensionHeader[] = [];
  if (mobileDestination) extensionHeaders.push({ kind: 'type2-routing', homeAddress: HOME, segmentsLeft: 1 });
  if (mobileSource) extensionHeaders.push(homeAddressHeader(HOME));
  return {
    message,
    packet: emitIpv6({
      source: CARE_OF,
      destination: CORRESPONDENT,
      nextHeader: 135,
      payload,
      extensionHeaders,
    }),
    carrier: {
      'mip6.hlen': [String(payload.length / 8 - 1)],
      'ipv6.plen': [String(payload.length + 24 * extensionHeaders.length)],
      ...(mobileSource && { 'ipv6.opt.mipv6.home_address': [HOME] }),
      ...(mobileDestination && { 'ipv6.routing.mipv6.home_address': [HOME], 'ipv6.routing.segleft': ['1'] }),
    },
  };
}

function check(sent: readonly Sent[]): void {
  const fields = [...new Set([...MESSAGE_FIELDS, ...CARRIER_FIELDS, ...FAULTS])];
  const dissected = dissect(
    sent.map(({ packet }) => packet),
    fields,
  );
  for (const [index, { message, packet, carrier }] of sent.entries()) {
    const seen = Object.fromEntries(
      [...dissected[index]!].map(([field, values]) => [field, values.map(canonical)]),
    );
    const unknown =
      message.kind === 'unknown' ? [] : message.options.filter(({ kind }) => kind === 'unknown');
    const remarks = unknown.length > 0 && { '_ws.expert.message': unknown.map(() => UNKNOWN_OPTION_REMARK) };
    assert.deepStrictEqual(seen, { ...messageFields(message), ...carrier, ...remarks }, toHex(packet));
  }
}

function unknownToTshark(message: MobilityMessage): boolean {
  if (message.kind === 'unknown') return message.mhType >= LOWEST_UNKNOWN_TYPE;
  const foreign = (option: MobilityOption) => option.kind === 'unknown' && option.type < LOWEST_UNKNOWN_TYPE;
  return !message.options.some(foreign);
}

describe('tshark dissects what we emit', () => {
  it('every golden message', () => {
    const messages = loadGolden().messages.filter(({ message }) => unknownToTshark(message));
    assert.ok(messages.length > 90);
    check(
      messages.map(({ message, homeAddressOption, routingHeader2 }) =>
        send(message, homeAddressOption !== null, routingHeader2 !== null),
      ),
    );
  });

  it(`${RANDOM_MESSAGES} random messages`, () => {
    const messages = fc.sample(mobilityMessage.filter(unknownToTshark), {
      numRuns: RANDOM_MESSAGES,
      seed: SEED,
    });
    check(messages.map((message, index) => send(message, index % 2 === 1, index % 4 > 1)));
  });

  it('and would say so if we emitted a fault', () => {
    const octets = emitMobilityHeader({
      kind: 'home-test-init',
      homeInitCookie: new Uint8Array(8),
      options: [],
    });
    const short = octets.subarray(0, 12);
    const packet = emitIpv6({ source: HOME, destination: CORRESPONDENT, nextHeader: 135, payload: short });
    const [fields] = dissect([packet], FAULTS);
    assert.ok(fields!.has('_ws.malformed') || fields!.has('_ws.expert.message'));
  });
});

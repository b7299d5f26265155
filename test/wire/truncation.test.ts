import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { emitAuthenticated, verifyAuthenticated } from '../../mip6/wire/binding-authorization-data.ts';
import { NextHeader } from '../../mip6/wire/constants.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { parseHomeAddressHeader } from '../../mip6/wire/home-address-option.ts';
import { emitIpv6, parseIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import { parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { emitType2RoutingHeader, parseType2RoutingHeader } from '../../mip6/wire/type2-routing-header.ts';
import { throwsDecodeError } from '../support/decode-error.ts';
import { loadGolden, toHex } from '../support/golden.ts';
import { emitHomeAddressHeader } from '../support/home-address-header.ts';
import { verifyMobilityHeaderChecksum } from '../support/mobility-checksum.ts';

const { messages, packets } = loadGolden();
const HOME = ipv6('2001:db8:1::100');

function prefixes(octets: Uint8Array): Uint8Array[] {
  return Array.from(octets, (_, length) => octets.subarray(0, length));
}

describe('a Mobility Header cut at every octet', () => {
  for (const { name, mobilityHeader, source, destination } of messages) {
    it(`is refused: ${name}`, () => {
      for (const prefix of prefixes(mobilityHeader)) {
        throwsDecodeError(() => parseMobilityHeader(prefix), { code: 'truncated' });
        throwsDecodeError(() => verifyMobilityHeaderChecksum(prefix, source, destination), {
          code: 'truncated',
        });
      }
    });
  }

  it('with a Header Len that says so is refused or is a shorter legal message', () => {
    let legal = 0;
    for (const { mobilityHeader } of messages) {
      for (let length = 8; length < mobilityHeader.length; length += 8) {
        const shorter = mobilityHeader.slice(0, length);
        shorter[1] = length / 8 - 1;
        if (parses(() => parseMobilityHeader(shorter))) legal++;
      }
    }
    assert.ok(legal > 0);
  });

  it('is refused by verifyAuthenticated', () => {
    const update = messages.find(({ authorization }) => authorization !== undefined)!;
    const { kbm, careOfAddress, correspondent } = update.authorization!;
    for (const prefix of prefixes(update.mobilityHeader)) {
      throwsDecodeError(() => verifyAuthenticated(prefix, kbm, careOfAddress, correspondent), {
        code: 'truncated',
      });
    }
    const acknowledgement = {
      kind: 'binding-acknowledgement',
      status: 0,
      keyManagement: false,
      sequence: 1,
      lifetimeSeconds: 420,
      options: [],
    } as const;
    const whole = emitAuthenticated(acknowledgement, kbm, careOfAddress, correspondent);
    assert.ok(verifyAuthenticated(whole, kbm, careOfAddress, correspondent));
  });
});

describe('an extension header cut at every octet', () => {
  it('is refused', () => {
    for (const prefix of prefixes(emitHomeAddressHeader(HOME, NextHeader.tcp))) {
      throwsDecodeError(() => parseHomeAddressHeader(prefix), { code: 'truncated' });
    }
    for (const prefix of prefixes(emitType2RoutingHeader(HOME, NextHeader.tcp))) {
      throwsDecodeError(() => parseType2RoutingHeader(prefix), { code: 'truncated' });
    }
  });
});

describe('an IPv6 packet cut at every octet', () => {
  for (const { name, packet } of [...messages, ...packets]) {
    it(`is refused in its headers and truncated in its payload: ${name}`, () => {
      const whole = parseIpv6(packet);
      const headers = packet.length - whole.payload.length;
      assert.equal(whole.truncated, false);
      for (const prefix of prefixes(packet)) {
        if (prefix.length < headers) {
          throwsDecodeError(() => parseIpv6(prefix), { code: 'truncated' });
          continue;
        }
        const cut = parseIpv6(prefix);
        const payload = whole.payload.subarray(0, prefix.length - headers);
        assert.deepStrictEqual(cut, { ...whole, truncated: true, payload });
      }
    });
  }

  it('is whole with octets of the link layer behind it', () => {
    const packet = emitIpv6({ source: HOME, destination: HOME, nextHeader: 6, payload: new Uint8Array(3) });
    const padded = Uint8Array.from([...packet, 1, 2, 3]);
    assert.equal(toHex(emitIpv6(parseIpv6(padded))), toHex(packet));
    assert.equal(parseIpv6(padded).truncated, false);
  });
});

// Whether it returns; anything thrown but a DecodeError passes through.
function parses(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

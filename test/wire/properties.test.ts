import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ipv6FromBytes, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { parseHomeAddressHeader } from '../../mip6/wire/home-address-option.ts';
import { emitIpv6, parseIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import { floorLifetime } from '../../mip6/wire/lifetime.ts';
import {
  emitMobilityHeader,
  mobilityHeaderChecksum,
  parseMobilityHeader,
} from '../../mip6/wire/mobility-header.ts';
import { emitType2RoutingHeader, parseType2RoutingHeader } from '../../mip6/wire/type2-routing-header.ts';
import { toHex } from '../support/golden.ts';
import { emitHomeAddressHeader } from '../support/home-address-header.ts';
import { verifyMobilityHeaderChecksum } from '../support/mobility-checksum.ts';
import { address, extensionHeaders, mobilityMessage, record } from '../support/wire-arbitraries.ts';

const RUNS = { numRuns: 1000 };
/** RFC 6275 §6.2: where an option's type octet may stand, as [multiple, plus]. */
const ALIGNMENT = new Map([
  [2, [2, 0]],
  [3, [8, 6]],
  [4, [2, 0]],
  [5, [8, 2]],
]);
const OPTIONS_AT = [8, 16, 16, 24, 24, 12, 12, 24];

describe('every message', () => {
  it('survives emit and parse, with its checksum', () => {
    fc.assert(
      fc.property(mobilityMessage, address, address, (message, source, destination) => {
        const octets = emitMobilityHeader(message, { source, destination });
        const { checksum, ...parsed } = parseMobilityHeader(octets);
        assert.deepStrictEqual(parsed, { payloadProtocol: 59, message });
        assert.equal(checksum, mobilityHeaderChecksum(octets, source, destination));
        assert.ok(verifyMobilityHeaderChecksum(octets, source, destination));
        assert.equal(toHex(emitMobilityHeader(message)), toHex(octets.fill(0, 4, 6)));
      }),
      RUNS,
    );
  });

  it('is a multiple of 8 octets as Header Len says, its options aligned and its padding zero', () => {
    fc.assert(
      fc.property(mobilityMessage, (message) => {
        const octets = emitMobilityHeader(message);
        assert.equal(octets.length, 8 * (octets[1]! + 1));
        if (message.kind === 'unknown') return;
        let at = OPTIONS_AT[octets[2]!]!;
        while (at < octets.length) {
          const [multiple, plus] = ALIGNMENT.get(octets[at]!) ?? [1, 0];
          assert.equal(at % multiple!, plus! % multiple!, `option type ${octets[at]} at ${at}`);
          const end = octets[at] === 0 ? at + 1 : at + 2 + octets[at + 1]!;
          if (octets[at] === 1) assert.ok(octets.subarray(at + 2, end).every((octet) => octet === 0));
          at = end;
        }
        assert.equal(at, octets.length);
      }),
      RUNS,
    );
  });

  it('has a checksum that any one changed bit breaks', () => {
    fc.assert(
      fc.property(mobilityMessage, address, address, fc.nat(), (message, source, destination, pick) => {
        const octets = emitMobilityHeader(message, { source, destination });
        const bit = pick % (8 * octets.length);
        fc.pre(bit >> 3 !== 1);
        octets[bit >> 3]! ^= 0x80 >> (bit & 7);
        assert.equal(verifyMobilityHeaderChecksum(octets, source, destination), false);
      }),
      RUNS,
    );
  });
});

describe('every message’s checksum', () => {
  it('is broken by any one changed bit of either end point’s address', () => {
    const ends = fc.tuple(address, address);
    fc.assert(
      fc.property(mobilityMessage, ends, fc.nat(1), fc.nat(127), (message, pair, which, bit) => {
        const [source, destination] = pair;
        const octets = emitMobilityHeader(message, { source, destination });
        const changed = ipv6ToBytes(pair[which]!);
        changed[bit >> 3]! ^= 0x80 >> (bit & 7);
        const others = pair.with(which, ipv6FromBytes(changed));
        assert.equal(verifyMobilityHeaderChecksum(octets, others[0]!, others[1]!), false);
      }),
      RUNS,
    );
  });
});

describe('every IPv6 packet', () => {
  const fields = record({
    source: address,
    destination: address,
    trafficClass: fc.nat(0xff),
    flowLabel: fc.nat(0xfffff),
    hopLimit: fc.nat(0xff),
    nextHeader: fc.constantFrom(6, 17, 41, 50, 58, 59, 135),
    payload: fc.uint8Array({ maxLength: 60 }),
    extensionHeaders,
  });

  it('survives emit and parse', () => {
    fc.assert(
      fc.property(fields, (packet) => {
        const octets = emitIpv6(packet);
        const parsed = parseIpv6(octets);
        assert.partialDeepStrictEqual(parsed, packet);
        assert.equal(parsed.truncated, false);
        assert.equal(parsed.totalOctets, octets.length);
        assert.equal(parsed.payloadOctets, packet.payload.length);
        assert.equal(toHex(emitIpv6(parsed)), toHex(octets));
      }),
      RUNS,
    );
  });

  it('nests', () => {
    fc.assert(
      fc.property(fields, fields, (outer, inner) => {
        const tunnel = { ...outer, nextHeader: 41, payload: emitIpv6(inner) };
        assert.partialDeepStrictEqual(parseIpv6(parseIpv6(emitIpv6(tunnel)).payload), inner);
      }),
    );
  });

  it('carries home addresses', () => {
    fc.assert(
      fc.property(address, fc.nat(0xff), (homeAddress, nextHeader) => {
        const option = emitHomeAddressHeader(homeAddress, nextHeader);
        assert.deepStrictEqual(parseHomeAddressHeader(option), { homeAddress, nextHeader });
        assert.equal(option[6], 0xc9, 'the option stands at 8n+6');
        const routing = emitType2RoutingHeader(homeAddress, nextHeader);
        assert.deepStrictEqual(parseType2RoutingHeader(routing), {
          homeAddress,
          segmentsLeft: 1,
          nextHeader,
        });
      }),
    );
  });
});

describe('random octets', () => {
  const parsers = [parseMobilityHeader, parseIpv6, parseHomeAddressHeader] as const;
  for (const parse of parsers) {
    it(`are parsed or refused with a DecodeError by ${parse.name}`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
          try {
            parse(octets);
          } catch (error) {
            assert.ok(error instanceof DecodeError, String(error));
          }
        }),
        { numRuns: 3000 },
      );
    });
  }
});

describe('floorLifetime', () => {
  it('is the longest lifetime with a wire form that is not above', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 300_000, noNaN: true }), (seconds) => {
        const floor = floorLifetime(seconds);
        assert.equal(floor % 4, 0);
        assert.ok(floor <= seconds && (seconds - floor < 4 || floor === 262_140));
      }),
    );
    assert.equal(floorLifetime(-1), 0);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bindingAuthorizationData, verifyAuthenticated } from '../../mip6/wire/binding-authorization-data.ts';
import { emitIpv6, endPoints, parseIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import {
  emitMobilityHeader,
  mobilityHeaderChecksum,
  parseMobilityHeader,
} from '../../mip6/wire/mobility-header.ts';
import { loadGolden, toHex } from '../support/golden.ts';
import { verifyMobilityHeaderChecksum } from '../support/mobility-checksum.ts';

const golden = loadGolden();

describe(`Mobility Headers built by ${golden.encoder}`, () => {
  for (const { name, message, emits, mobilityHeader, source, destination } of golden.messages) {
    it(`parses: ${name}`, () => {
      const parsed = parseMobilityHeader(mobilityHeader);
      assert.deepStrictEqual(parsed.message, message);
      assert.equal(parsed.payloadProtocol, 59);
      assert.equal(parsed.checksum, mobilityHeaderChecksum(mobilityHeader, source, destination));
      assert.ok(verifyMobilityHeaderChecksum(mobilityHeader, source, destination));
    });
    if (!emits) continue;
    it(`emits: ${name}`, () => {
      assert.equal(toHex(emitMobilityHeader(message, { source, destination })), toHex(mobilityHeader));
    });
  }

  it('covers every message and option kind', () => {
    const kinds = new Set(golden.messages.map(({ message }) => message.kind));
    assert.equal(kinds.size, 9);
    const options = golden.messages.flatMap(({ message }) =>
      message.kind === 'unknown' ? [] : message.options,
    );
    assert.equal(new Set(options.map(({ kind }) => kind)).size, 5);
  });
});

describe(`IPv6 packets around them, built by ${golden.encoder}`, () => {
  for (const {
    name,
    packet,
    homeAddressOption,
    routingHeader2,
    mobilityHeader,
    source,
    destination,
  } of golden.messages) {
    it(`walks and rebuilds: ${name}`, () => {
      const parsed = parseIpv6(packet);
      assert.equal(parsed.nextHeader, 135);
      assert.equal(toHex(parsed.payload), toHex(mobilityHeader));
      assert.equal(parsed.homeAddressOption, homeAddressOption ?? undefined);
      assert.equal(parsed.routingHeader2, routingHeader2 ?? undefined);
      assert.deepStrictEqual(endPoints(parsed), { source, destination });
      assert.equal(toHex(emitIpv6(parsed)), toHex(packet));
    });
  }

  for (const { name, packet, nextHeader, extensionHeaders } of golden.packets) {
    it(`walks and rebuilds: ${name}`, () => {
      const parsed = parseIpv6(packet);
      assert.equal(parsed.nextHeader, nextHeader);
      assert.deepStrictEqual(
        parsed.extensionHeaders.map(({ kind }) => kind),
        extensionHeaders,
      );
      assert.equal(toHex(emitIpv6(parsed)), toHex(packet));
    });
  }
});

describe('authenticators computed by hashlib and hmac', () => {
  const authorized = golden.messages.filter(({ authorization }) => authorization !== undefined);

  it('are there', () => assert.equal(authorized.length, 3));

  for (const { name, authorization, mobilityHeader } of authorized) {
    it(`match: ${name}`, () => {
      const { kbm, careOfAddress, correspondent } = authorization!;
      assert.ok(verifyAuthenticated(mobilityHeader, kbm, careOfAddress, correspondent));
      const computed = bindingAuthorizationData({
        kbm,
        careOfAddress,
        correspondent,
        message: mobilityHeader,
      });
      assert.equal(toHex(computed), toHex(mobilityHeader.subarray(-12)));
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import type { ExtensionHeader } from '../../mip6/wire/extension-header.ts';
import { parseHomeAddressHeader } from '../../mip6/wire/home-address-option.ts';
import { emitIpv6, endPoints, parseIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import { parseType2RoutingHeader } from '../../mip6/wire/type2-routing-header.ts';
import { throwsDecodeError } from '../support/decode-error.ts';
import { fromHex, toHex } from '../support/golden.ts';
import { homeAddressHeader } from '../support/home-address-header.ts';

const HOME = ipv6('2001:db8:1::100');
const OTHER_HOME = ipv6('2001:db8:f::1');
const CARE_OF = ipv6('2001:db8:2::2');
const CORRESPONDENT = ipv6('2001:db8:c::2');
const PAYLOAD = fromHex('0102030405060708');

function packet(extensionHeaders: readonly ExtensionHeader[], nextHeader = 6): Uint8Array {
  return emitIpv6({
    source: CARE_OF,
    destination: CORRESPONDENT,
    nextHeader,
    payload: PAYLOAD,
    extensionHeaders,
  });
}

describe('parseIpv6', () => {
  it('finds the end points of two mobile nodes', () => {
    const parsed = parseIpv6(
      packet([{ kind: 'type2-routing', homeAddress: OTHER_HOME, segmentsLeft: 1 }, homeAddressHeader(HOME)]),
    );
    assert.equal(parsed.homeAddressOption, HOME);
    assert.equal(parsed.routingHeader2, OTHER_HOME);
    assert.deepStrictEqual(endPoints(parsed), { source: HOME, destination: OTHER_HOME });
  });

  it('has the IPv6 addresses as end points of everybody else', () => {
    const parsed = parseIpv6(packet([]));
    assert.equal(parsed.homeAddressOption, undefined);
    assert.deepStrictEqual(endPoints(parsed), { source: CARE_OF, destination: CORRESPONDENT });
  });

  it('stops at ESP', () => {
    const parsed = parseIpv6(packet([homeAddressHeader(HOME)], 50));
    assert.equal(parsed.nextHeader, 50);
    assert.deepStrictEqual(parsed.payload, PAYLOAD);
  });

  it('does not look into a later fragment, whatever its Next Header', () => {
    const fragment = { kind: 'fragment', offset: 1448, moreFragments: true, identification: 7 } as const;
    const parsed = parseIpv6(packet([fragment], 60));
    assert.ok(parsed.laterFragment);
    assert.equal(parsed.nextHeader, 60);
    assert.deepStrictEqual(parsed.payload, PAYLOAD);
    assert.deepStrictEqual(parsed.extensionHeaders, [fragment]);
  });

  it('goes on behind a first fragment', () => {
    const fragment = { kind: 'fragment', offset: 0, moreFragments: true, identification: 7 } as const;
    const parsed = parseIpv6(packet([fragment, homeAddressHeader(HOME)]));
    assert.equal(parsed.laterFragment, false);
    assert.equal(parsed.homeAddressOption, HOME);
    assert.equal(parsed.nextHeader, 6);
  });

  it('refuses IPv4', () => {
    const octets = packet([]);
    octets[0] = 0x45;
    throwsDecodeError(() => parseIpv6(octets), { code: 'illegal-value', field: 'Version', offset: 0 });
  });

  it('refuses hop-by-hop options that are not first', () => {
    const octets = packet([homeAddressHeader(HOME), { kind: 'hop-by-hop-options', options: [] }]);
    throwsDecodeError(() => parseIpv6(octets), { code: 'illegal-placement', offset: 64 });
  });

  it('tells a header that overruns the packet from one the capture has cut', () => {
    const octets = packet([homeAddressHeader(HOME)]);
    throwsDecodeError(() => parseIpv6(octets.subarray(0, 60)), { code: 'truncated' });
    octets[5] = 16;
    throwsDecodeError(() => parseIpv6(octets), { code: 'illegal-length', field: 'Hdr Ext Len', offset: 41 });
  });

  it('refuses a long chain of headers no later than its end', () => {
    const chain = new Array<ExtensionHeader>(1000).fill({ kind: 'destination-options', options: [] });
    assert.equal(parseIpv6(packet(chain)).extensionHeaders.length, 1000);
  });
});

describe('emitIpv6', () => {
  it('refuses what does not fit its fields', () => {
    const base = { source: CARE_OF, destination: CORRESPONDENT, nextHeader: 6, payload: PAYLOAD };
    const illegal: readonly Parameters<typeof emitIpv6>[0][] = [
      { ...base, payload: new Uint8Array(65_536) },
      { ...base, trafficClass: 256 },
      { ...base, flowLabel: 0x10_0000 },
      { ...base, hopLimit: -1 },
      { ...base, nextHeader: 256 },
      {
        ...base,
        extensionHeaders: [{ kind: 'fragment', offset: 7, moreFragments: false, identification: 0 }],
      },
      {
        ...base,
        extensionHeaders: [{ kind: 'fragment', offset: 65_536, moreFragments: false, identification: 0 }],
      },
      {
        ...base,
        extensionHeaders: [{ kind: 'routing', routingType: 2, segmentsLeft: 1, data: new Uint8Array(20) }],
      },
      {
        ...base,
        extensionHeaders: [{ kind: 'routing', routingType: 0, segmentsLeft: 1, data: new Uint8Array(5) }],
      },
      {
        ...base,
        extensionHeaders: [
          {
            kind: 'destination-options',
            options: [{ kind: 'unknown', type: 0xc9, data: new Uint8Array(16) }],
          },
        ],
      },
    ];
    for (const value of illegal) throwsDecodeError(() => emitIpv6(value), { code: 'not-representable' });
  });
});

describe('Home Address option', () => {
  it('is laid out as RFC 6275 §6.3 draws it', () => {
    const octets = packet([homeAddressHeader(HOME)]);
    assert.equal(
      toHex(octets.subarray(40, 64)),
      '0602010200 00c9 10 20010db8000100000000000000000100'.replaceAll(' ', ''),
    );
  });
  it('of another length is refused', () => {
    throwsDecodeError(() => parseHomeAddressHeader(fromHex('0600c90400000000')), {
      code: 'illegal-length',
      offset: 3,
    });
  });
  it('may be absent', () => {
    const parsed = parseHomeAddressHeader(fromHex('0600010400000000'));
    assert.deepStrictEqual(parsed, { homeAddress: undefined, nextHeader: 6 });
  });
});

describe('type 2 routing header', () => {
  const legal = `06020201 00000000 20010db8000100000000000000000100`;
  it('is laid out as RFC 6275 §6.4 draws it', () => {
    const octets = packet([{ kind: 'type2-routing', homeAddress: HOME, segmentsLeft: 1 }]);
    assert.equal(toHex(octets.subarray(40, 64)), legal.replaceAll(' ', ''));
  });
  for (const [name, start, offset] of [
    ['Hdr Ext Len 4', '06040201', 1],
    ['Routing Type 0', '06020001', 2],
    ['Segments Left 2', '06020202', 3],
  ] as const) {
    it(`with ${name} is refused`, () => {
      const octets = fromHex(legal.replace('06020201', start));
      throwsDecodeError(() => parseType2RoutingHeader(octets), { code: 'illegal-value', offset });
    });
  }
  it('has its reserved octets ignored', () => {
    const octets = fromHex(legal.replace('00000000 ', 'ffffffff '));
    assert.equal(parseType2RoutingHeader(octets).homeAddress, HOME);
  });
});

import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatPrefix,
  inPrefix,
  ipv6,
  ipv6FromBytes,
  ipv6Prefix,
  ipv6ToBytes,
  isIpv6,
  isLinkLocal,
  isMulticast,
  isUnicastRoutable,
  LOOPBACK,
  prefixOf,
  UNSPECIFIED,
} from '../../mip6/wire/address.ts';
import { throwsDecodeError } from '../support/decode-error.ts';
import { fromHex } from '../support/golden.ts';
import { address } from '../support/wire-arbitraries.ts';

describe('ipv6', () => {
  // RFC 5952 §2.1, §4 and §5: the examples, then the corners of its rules.
  const canonical: readonly [string, string][] = [
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['1::2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ];
  for (const [text, expected] of canonical)
    it(`${text} is ${expected}`, () => assert.equal(ipv6(text), expected));

  const illegal = [
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '1:2:3:4:5:6:7::8:9',
    '12345::',
    'g::',
    '::1%eth0',
    '::1/64',
    ' ::1',
    '::1 ',
    '1:',
    ':1',
    '::1.2.3',
    '::1.2.3.256',
    '::01.2.3.4',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1::2:3:4:5:6:7:8',
    '0x1::',
    '::-1',
    '[::1]',
    '1.2.3.4',
  ];
  for (const text of illegal) {
    it(`refuses "${text}"`, () => {
      throwsDecodeError(() => ipv6(text), { code: 'illegal-value', field: 'IPv6 address' });
      assert.equal(isIpv6(text), false);
    });
  }

  it('agrees with Node on which texts are addresses', () => {
    const soup = fc.string({
      unit: fc.constantFrom('0', '1', 'a', 'F', ':', '::', '.', '255', '2001'),
      maxLength: 20,
    });
    fc.assert(
      fc.property(soup, (text) => assert.equal(isIpv6(text), isIPv6(text))),
      { numRuns: 3000 },
    );
  });

  it('agrees with the WHATWG URL parser on the canonical form, IPv4-mapped addresses aside', () => {
    fc.assert(
      fc.property(address, (value) => {
        fc.pre(!value.startsWith('::ffff:') || !value.includes('.'));
        assert.equal(`[${value}]`, new URL(`http://[${value}]/`).hostname);
      }),
    );
  });
});

describe('octets of an address', () => {
  it('are the sixteen of its text', () => {
    assert.deepStrictEqual(
      ipv6ToBytes(ipv6('2001:db8::ff00:42:8329')),
      fromHex('20010db8000000000000ff0000428329'),
    );
  });
  it('survive both ways, also at an offset and from a Buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(20), (octets, offset) => {
        const surrounded = Buffer.concat([Buffer.alloc(offset, 0xee), octets, Buffer.alloc(3, 0xdd)]);
        assert.deepStrictEqual(ipv6ToBytes(ipv6FromBytes(octets)), octets);
        assert.equal(ipv6FromBytes(surrounded, offset), ipv6FromBytes(octets));
      }),
    );
  });
  it('belong to who has asked: what is written into them changes no other', () => {
    const address = ipv6('2001:db8::78');
    ipv6ToBytes(address).fill(0xff);
    assert.equal(ipv6FromBytes(ipv6ToBytes(address)), address);
  });
  it('are right also after more addresses than are kept', () => {
    for (let number = 0; number < 3000; number++) {
      const octets = new Uint8Array(16);
      new DataView(octets.buffer).setUint32(12, number);
      assert.deepStrictEqual(ipv6ToBytes(ipv6FromBytes(octets)), octets);
    }
  });
  it('read from a buffer that changes later stay what they were', () => {
    const buffer = Buffer.from(ipv6ToBytes(ipv6('2001:db8::77')));
    assert.equal(ipv6FromBytes(buffer), '2001:db8::77');
    // The same slot of the address cache: its hash adds octets times powers of 31.
    buffer[14] = 1;
    buffer[15] = 0x77 - 31;
    assert.equal(ipv6FromBytes(buffer), '2001:db8::158');
  });
  it('refuse fewer than sixteen', () => {
    for (let length = 0; length < 16; length++) {
      throwsDecodeError(() => ipv6FromBytes(new Uint8Array(length)), { code: 'truncated', offset: 0 });
    }
    throwsDecodeError(() => ipv6FromBytes(new Uint8Array(20), 5), { code: 'truncated', offset: 5 });
    throwsDecodeError(() => ipv6FromBytes(new Uint8Array(20), -1), { code: 'truncated' });
    throwsDecodeError(() => ipv6FromBytes(new Uint8Array(20), Number.NaN), { code: 'truncated' });
  });
});

describe('prefixes', () => {
  it('contain their addresses only', () => {
    assert.ok(inPrefix(ipv6('2001:db8::1'), '2001:db8::/64'));
    assert.ok(!inPrefix(ipv6('2001:db8:0:1::1'), '2001:db8::/64'));
    assert.ok(inPrefix(ipv6('2001:db8::1'), ipv6Prefix('2001:db8::ffff/64')));
    assert.ok(inPrefix(ipv6('fe9f::'), 'fe80::/11'));
    assert.ok(!inPrefix(ipv6('fea0::'), 'fe80::/11'));
    assert.ok(inPrefix(ipv6('ffff::1'), '::/0'));
    assert.ok(inPrefix(LOOPBACK, '::1/128'));
    assert.ok(!inPrefix(UNSPECIFIED, '::1/128'));
  });
  it('have canonical text', () =>
    assert.equal(formatPrefix(ipv6Prefix('2001:DB8:0:0:1::/65')), '2001:db8::/65'));
  it('agree with bitwise arithmetic', () => {
    const bits = (value: Uint8Array) => BigInt(`0x${Buffer.from(value).toString('hex')}`);
    fc.assert(
      fc.property(address, address, fc.nat(128), (one, other, length) => {
        const shift = BigInt(128 - length);
        const same = bits(ipv6ToBytes(one)) >> shift === bits(ipv6ToBytes(other)) >> shift;
        assert.equal(inPrefix(one, prefixOf(other, length)), same);
      }),
    );
  });
  for (const text of [
    '2001:db8::',
    '2001:db8::/129',
    '2001:db8::/-1',
    '2001:db8::/064',
    '2001:db8::/6/4',
    'x/64',
    '/64',
  ]) {
    it(`refuse "${text}"`, () => throwsDecodeError(() => ipv6Prefix(text), { code: 'illegal-value' }));
  }
});

describe('kinds of address', () => {
  it('are told apart', () => {
    assert.ok(isMulticast(ipv6('ff02::1')) && !isMulticast(ipv6('feff::1')));
    assert.ok(isLinkLocal(ipv6('febf::1')) && !isLinkLocal(ipv6('fec0::1')));
    for (const text of ['::', '::1', 'fe80::1', 'febf::1', 'ff0e::1', '::ffff:192.0.2.1'])
      assert.ok(!isUnicastRoutable(ipv6(text)), text);
    for (const text of ['2001:db8::1', 'fd00::1', 'fec0::1', '::fffe:c000:201', '1::ffff:c000:201'])
      assert.ok(isUnicastRoutable(ipv6(text)), text);
  });
});

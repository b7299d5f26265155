import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import type { BindingUpdate } from '../../mip6/wire/messages.ts';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import type { MobilityOption } from '../../mip6/wire/mobility-options.ts';
import { throwsDecodeError } from '../support/decode-error.ts';
import { fromHex, toHex } from '../support/golden.ts';

const CARE_OF = ipv6('2001:db8:2::2');
const nonceIndices: MobilityOption = {
  kind: 'nonce-indices',
  homeNonceIndex: 0x0102,
  careOfNonceIndex: 0x0304,
};
const alternate: MobilityOption = { kind: 'alternate-care-of-address', address: CARE_OF };
const advice: MobilityOption = { kind: 'binding-refresh-advice', intervalSeconds: 200 };
const authorization: MobilityOption = {
  kind: 'binding-authorization-data',
  authenticator: new Uint8Array(12).fill(0xaa),
};

function update(options: readonly MobilityOption[], change: Partial<BindingUpdate> = {}): BindingUpdate {
  return {
    kind: 'binding-update',
    sequence: 0,
    acknowledge: false,
    homeRegistration: false,
    linkLocalCompatibility: false,
    keyManagement: false,
    lifetimeSeconds: 0,
    options,
    ...change,
  };
}

describe('alignment and padding of options', () => {
  // A Binding Update's options start at octet 12, which is 8n+4.
  const aa = 'aa'.repeat(12);
  const cases: readonly [string, readonly MobilityOption[], string, string][] = [
    ['no option: PadN of 4', [], '01', '01020000'],
    ['refresh advice stands at 2n', [advice], '01', '02020032'],
    ['nonce indices stand at 2n', [nonceIndices], '02', '040401020304 010400000000'],
    ['alternate care-of address at 8n+6', [alternate], '03', '0100 0310 20010db8000200000000000000000002'],
    ['authorization data at 8n+2', [authorization], '03', `010400000000 050c ${aa}`],
    [
      'authorization data where nothing is to pad',
      [nonceIndices, authorization],
      '03',
      `040401020304 050c ${aa}`,
    ],
    ['Pad1 for a gap of one', [unknown('ff'), advice], '02', 'c801ff 00 02020032 01020000'],
    ['an unknown option stands anywhere', [unknown('')], '01', 'c800 0100'],
    [
      'all of them',
      [nonceIndices, alternate, advice, authorization],
      '07',
      `040401020304 010200 00 0310 20010db8000200000000000000000002 02020032 0104 00000000 050c ${aa}`,
    ],
  ];
  for (const [name, options, length, encoded] of cases) {
    it(name, () => {
      const octets = toHex(emitMobilityHeader(update(options)));
      assert.equal(octets, `3b${length}0500000000000000 0000${encoded}`.replaceAll(' ', ''));
    });
  }

  it('refuses authorization data in front of another option, and twice', () => {
    for (const options of [
      [authorization, advice],
      [authorization, authorization],
    ]) {
      throwsDecodeError(() => emitMobilityHeader(update(options)), { code: 'not-representable' });
    }
  });
});

describe('flags and units', () => {
  const flags = {
    acknowledge: '8000',
    homeRegistration: '4000',
    linkLocalCompatibility: '2000',
    keyManagement: '1000',
  } as const;
  for (const [flag, bits] of Object.entries(flags)) {
    it(`${flag} of a Binding Update`, () => {
      const octets = toHex(emitMobilityHeader(update([], { [flag]: true })));
      assert.equal(octets, `3b01050000000000${bits}000001020000`);
    });
  }
  it('lifetimes are units of four seconds', () => {
    const octets = toHex(emitMobilityHeader(update([], { sequence: 0xfffe, lifetimeSeconds: 262_140 })));
    assert.equal(octets, '3b0105000000fffe0000ffff01020000');
  });
  it('reserved bits are not looked at', () => {
    const { message } = parseMobilityHeader(fromHex('3b0105ee0000 0001 8fff 0001 01020000'));
    assert.deepStrictEqual(message, update([], { sequence: 1, acknowledge: true, lifetimeSeconds: 4 }));
  });
});

describe('illegal octets', () => {
  const illegal: readonly [string, string, Parameters<typeof throwsDecodeError>[1]][] = [
    ['nothing', '', { code: 'truncated', field: 'Header Len', offset: 1 }],
    [
      'Header Len too small for a Home Test',
      '3b01030000000000 0000000000000000',
      { code: 'illegal-length', offset: 1 },
    ],
    ['Header Len too small for a Binding Update', '3b00050000000000', { code: 'illegal-length', offset: 1 }],
    [
      'Header Len too small for a Binding Error',
      '3b01070000000000 0000000000000000',
      { code: 'illegal-length', offset: 1 },
    ],
    ['refresh advice of 3 octets', bu('02030000 0000000000000000'), { code: 'illegal-length', offset: 13 }],
    ['nonce indices of 2 octets', bu('04020000'), { code: 'illegal-length', offset: 13 }],
    [
      'alternate care-of address of 4 octets',
      bu('03040000 0000000000000000'),
      { code: 'illegal-length', offset: 13 },
    ],
    ['authenticator of 2 octets', bu('05020000'), { code: 'illegal-length', offset: 13 }],
    ['an option that overruns the header', bu('c8030000'), { code: 'illegal-length', offset: 12 }],
    ['PadN that overruns the header', bu('01030000'), { code: 'illegal-length', offset: 12 }],
    ['an option type without length', bu('01010004'), { code: 'illegal-length', offset: 15 }],
    [
      'authorization data with padding behind it',
      bu(`050c${'aa'.repeat(12)}01040000 0000`),
      { code: 'illegal-placement', offset: 12 },
    ],
  ];
  for (const [name, octets, expected] of illegal) {
    it(name, () => throwsDecodeError(() => parseMobilityHeader(fromHex(octets)), expected));
  }
});

describe('legal octets that look odd', () => {
  it('more octets behind Header Len are left alone', () => {
    const { message } = parseMobilityHeader(fromHex('3b00000000000000 ffffffff'));
    assert.deepStrictEqual(message, { kind: 'binding-refresh-request', options: [] });
  });
  it('another Payload Proto is handed back for the caller to refuse', () => {
    assert.equal(parseMobilityHeader(fromHex('0600000000000000')).payloadProtocol, 6);
  });
  it('a message and an option of unknown type come back as they were', () => {
    const octets = '3b014d000000 0102030405060708090a'.replaceAll(' ', '');
    const { message } = parseMobilityHeader(fromHex(octets));
    assert.deepStrictEqual(message, { kind: 'unknown', mhType: 77, data: fromHex('0102030405060708090a') });
    assert.equal(toHex(emitMobilityHeader(message)), octets);
  });
  it('octets from a Buffer become plain arrays of their own', () => {
    const buffer = Buffer.from(fromHex(`3b01010000000000${'11'.repeat(8)}`));
    const { message } = parseMobilityHeader(buffer);
    buffer.fill(0);
    assert.deepStrictEqual(message, {
      kind: 'home-test-init',
      homeInitCookie: new Uint8Array(8).fill(0x11),
      options: [],
    });
    const other = Buffer.from(fromHex('3b004d0000001234'));
    const parsed = parseMobilityHeader(other);
    other.fill(0);
    assert.deepStrictEqual(parsed.message, { kind: 'unknown', mhType: 77, data: fromHex('1234') });
  });
});

function unknown(data: string): MobilityOption {
  return { kind: 'unknown', type: 200, data: fromHex(data) };
}

// A Binding Update around these encoded options.
function bu(options: string): string {
  const octets = fromHex(options).length;
  const units = (12 + octets) / 8 - 1;
  assert.ok(Number.isInteger(units), 'fixture is no multiple of 8');
  return `3b${units.toString(16).padStart(2, '0')}0500 0000 0000 0000 0000 ${options}`;
}

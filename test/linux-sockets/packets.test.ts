import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mobilityPacket } from '../../linux/member-tunnel-socket.ts';
import { acknowledgementNumber } from '../../linux/tcp/acknowledgement-filter.ts';
import { ipv6 } from '../../mip6/wire/address.ts';

const ADDRESS = ipv6('2001:db8:1::2');
const ADDRESS_HEX = '20010db8000100000000000000000002';
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('packets', () => {
  test('the packet of a relayed Mobility Header', () => {
    const bytes = hex('3b00 0300 1234 0000');
    const packet = mobilityPacket({ source: ipv6('2001:db8:c::2'), destination: ADDRESS, bytes });
    const expected = `60000000 0008 87 40 20010db8000c00000000000000000002 ${ADDRESS_HEX} 3b00030012340000`;
    assert.equal(Buffer.from(packet).toString('hex'), expected.replaceAll(' ', ''));
  });
  test('the acknowledgement number with and without routing header', () => {
    const tcp = '84de1f90 00000001 deadbeef 50100040 00000000';
    const addresses = ADDRESS_HEX + ADDRESS_HEX;
    assert.equal(acknowledgementNumber(hex(`60000000 0014 06 40 ${addresses} ${tcp}`)), 0xdeadbeef);
    const routed = `60000000 002c 2b 40 ${addresses} 0602020100000000${ADDRESS_HEX} ${tcp}`;
    assert.equal(acknowledgementNumber(hex(routed)), 0xdeadbeef);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseParameterProblem } from '../../mip6/wire/parameter-problem.ts';
import { throwsDecodeError } from '../support/decode-error.ts';
import { fromHex, toHex } from '../support/golden.ts';

/** A Care-of Test Init that came back: code 1, pointer to the Next Header field. */
const INVOKING =
  '60000000001087402001' +
  '0db8000100000000000000000002' +
  '20010db8000c00000000000000000002' +
  '3b010200' +
  'a1b2' +
  '0000' +
  '0102030405060708';
const MESSAGE = `0401beef00000006${INVOKING}`;

test('a Parameter Problem and the packet that it is about', () => {
  const { code, pointer, invokingPacket } = parseParameterProblem(fromHex(MESSAGE));
  assert.deepEqual([code, pointer], [1, 6]);
  assert.equal(invokingPacket.source, '2001:db8:1::2');
  assert.equal(invokingPacket.destination, '2001:db8:c::2');
  assert.equal(invokingPacket.nextHeader, 135);
  assert.equal(toHex(invokingPacket.payload).slice(-16), '0102030405060708');
});

test('cut before the end of the invoking IPv6 header it is refused; behind it, it is as much as there is', () => {
  const octets = fromHex(MESSAGE);
  for (let length = 0; length < 48; length++)
    throwsDecodeError(() => parseParameterProblem(octets.subarray(0, length)), { code: 'truncated' });
  for (let length = 48; length < octets.length; length++) {
    const { invokingPacket } = parseParameterProblem(octets.subarray(0, length));
    assert.equal(invokingPacket.truncated, true);
    assert.equal(invokingPacket.payload.length, length - 48);
  }
});

test('another ICMPv6 message is none', () => {
  throwsDecodeError(() => parseParameterProblem(fromHex(`03${MESSAGE.slice(2)}`)), { code: 'illegal-value' });
});

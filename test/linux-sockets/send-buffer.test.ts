import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AF_INET6 } from '../../linux/socket-address.ts';
import { closeDescriptor, getNumberOption, openSocket, SOCK_STREAM } from '../../linux/socket-libc.ts';
import { SO_SNDBUF } from '../../linux/socket-options.ts';
import { setSendBuffer } from '../../linux/tcp/send-buffer.ts';

const NOBODY = 65534;

test('a send buffer within the machine’s limit needs no privilege; a larger one is refused, not cut', () => {
  const limit = Number(readFileSync('/proc/sys/net/core/wmem_max', 'utf8'));
  const descriptor = openSocket(AF_INET6, SOCK_STREAM, 0, 'a socket');
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid!(NOBODY);
  try {
    for (const octets of [16_384, limit]) {
      setSendBuffer(descriptor, octets);
      assert.equal(getNumberOption(descriptor, SO_SNDBUF), 2 * octets);
    }
    assert.throws(() => setSendBuffer(descriptor, limit + 1), /SO_SNDBUFFORCE/);
  } finally {
    if (root) process.seteuid!(0);
    closeDescriptor(descriptor);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetsWindowClamp } from '../../linux/tcp/receive-window.ts';

for (const [release, forgets] of [
  ['5.10.0-28-amd64', false],
  ['6.1.192', false],
  ['6.6.30', false],
  ['6.7.0-rc1', true],
  ['6.12.117+deb13-amd64', true],
  ['6.18.44-x', true],
  ['7.0', true],
] as const)
  test(`Linux ${release} ${forgets ? 'forgets' : 'keeps'} a bounded window`, () =>
    assert.equal(forgetsWindowClamp(release), forgets));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrorsIn } from '../../runner/debian/mirrors.ts';

const own = { main: 'http://deb.debian.org/debian', security: 'http://deb.debian.org/debian-security' };

test('the mirrors that the machine uses are used for the lab too, whatever its release', () => {
  const text = [
    'Debian|Debian|http://mirror.example/pub/debian/|trixie',
    'Debian|Debian|http://mirror.example/pub/debian/|trixie-updates',
    'Debian|Debian-Security|http://mirror.example/security/debian-security/|trixie-security',
    'nodistro|Node|https://deb.nodesource.com/node_20.x/|nodistro',
  ].join('\n');
  assert.deepEqual(mirrorsIn(text), {
    main: 'http://mirror.example/pub/debian',
    security: 'http://mirror.example/security/debian-security',
  });
});

test('before the first update apt knows addresses only', () => {
  const text =
    '||http://mirror.example/debian/|\n||http://mirror.example/debian-security/|\n||http://x.example/apt/|';
  assert.deepEqual(mirrorsIn(text), {
    main: 'http://mirror.example/debian',
    security: 'http://mirror.example/debian-security',
  });
});

for (const [name, text] of [
  ['Ubuntu', 'Ubuntu|Ubuntu|http://archive.ubuntu.com/ubuntu/|noble'],
  ['nothing', ''],
] as const)
  test(`${name}: Debian’s own mirrors`, () => assert.deepEqual(mirrorsIn(text), own));

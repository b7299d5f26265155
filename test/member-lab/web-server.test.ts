import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { runMembers } from '../support/member-lab.ts';

const { node1, node2, contactAddress } = FIG9_ADDRESSES;
/** What every member of the lab has: the folder of programs. */
const root = '/run/lab/nodes';
const large = 'member.cjs';
const small = 'download-client.cjs';
const AFTER_BYTES = 60_000;
const servicePort = 8080;

const application = (acceptor: string, variant: string): object => ({
  application: { kind: 'web', root, handoff: { afterBytes: AFTER_BYTES, acceptor, variant } },
});

/** A client's driver that runs `script`, stock tools only; started as every program of the lab is. */
function clientScript(script: string): string {
  return [
    'set -u',
    'while [ $# -gt 0 ]; do case $1 in --ready) echo client > "$2" ;; esac; shift 2; done',
    `base='http://[${contactAddress}]:${servicePort}'`,
    `root=${root}`,
    script,
    'sleep 5',
  ].join('\n');
}

async function runCurl(variant: string, script: string) {
  return runMembers({
    variant,
    changes: { node1: application(node2, variant), node2: application(node1, variant) },
    files: { 'client.sh': clientScript(script) },
    plan: (plan) => ({
      ...plan,
      driver: { ...plan.driver, command: ['/bin/bash', '/run/job/client.sh'], config: {} },
    }),
  });
}

for (const variant of ['drain', 'drain+advance-rr', 'baseline']) {
  test(`curl fetches documents over ${variant} handoffs back and forth on one connection`, {
    timeout: 300_000,
  }, async () => {
    const script = [
      `curl -s -S --fail -w '%{num_connects} %{http_code}\\n' -o /tmp/a "$base/${large}" -o /tmp/b "$base/${small}" -o /tmp/c "$base/${large}" >/run/job/connects || exit 1`,
      `cmp /tmp/a $root/${large} && cmp /tmp/b $root/${small} && cmp /tmp/c $root/${large} || exit 1`,
      `[ "$(cut -d' ' -f1 /run/job/connects | tr '\\n' ' ')" = '1 0 0 ' ] || exit 1`,
      `curl -s -S --fail -r 50000-249999 "$base/${large}" -o /tmp/r || exit 1`,
      `cmp /tmp/r <(tail -c +50001 $root/${large} | head -c 200000) || exit 1`,
    ].join('\n');
    const { status, console, events } = await runCurl(variant, script);
    const crashes = events.filter(({ event }) => event === 'crashed');
    assert.equal(status, 0, console + JSON.stringify(crashes));
    const handoffs = (node: string) =>
      events.filter((e) => e.node === node && e.event === 'handed-off').length;
    assert.ok(
      handoffs('node1') >= 3 && handoffs('node2') >= 2,
      `${handoffs('node1')} and ${handoffs('node2')} handoffs`,
    );
    assert.ok(
      !events.some(({ event }) => ['handoff-failed', 'client-lost', 'handoff-abandoned'].includes(event)),
    );
    const sequences = events
      .filter(({ event }) => event === 'binding-accepted')
      .map(({ sequence }) => Number(sequence));
    assert.equal(new Set(sequences).size, sequences.length, 'a sequence number was used twice');
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { clientMeasures } from '../../experiments/handoff-measures.ts';
import { ipv6Packet, tcpSegment } from '../support/capture-packets.ts';
import { acknowledgement, client, contactAddress } from '../support/handoff-messages.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { servicePort } from '../support/session-segments.ts';
import { SyntheticCell, type VerdictLine } from '../support/synthetic-cell.ts';

const port = 40_000;

function scriptOf(change: (script: HandoffScript) => void = () => undefined): HandoffScript {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: port, initAtMs: 203, initBodyOctets: 91 });
  change(script);
  return script;
}

/** The measures of a client's outcome by name; a reason where there is none. */
async function outcomeOf(
  { hops }: HandoffScript,
  verdict: Partial<VerdictLine> | undefined = {},
): Promise<Readonly<Record<string, number | string>>> {
  const verdicts = [{ repetition: 0, atMs: 3000, intact: true, ...verdict }];
  using cell = new SyntheticCell(hops, verdicts, { parameters: { csMs: 40, ssMs: 20, firstBytes: 2000 } });
  const samples = await analyzeCell(cell.folder, clientMeasures);
  return Object.fromEntries(
    samples.map((one) => [one.measure.slice('client-'.length), one.value ?? one.reason]),
  );
}

const good = { outcome: 0, 'wrong-octets': 0, resets: 0, 'further-changes': 0, broken: 0 };

test('a client that was moved has its outcome, and its longest stall across the handoff', async () => {
  const { stall, ...others } = await outcomeOf(scriptOf());
  assert.deepEqual(others, good);
  assert.equal(stall, 304.5, 'from the last data of the donor to the first of the acceptor');
});

test('a handoff whose steps went wrong is counted like any other: nothing is left out of what a client sees', async () => {
  const refused = scriptOf((script) => {
    script.hops.splice(
      script.hops.findIndex(({ label }) => label === 'ba'),
      1,
    );
    script.toAcceptor('ba-rejecting', 1385.5, acknowledgement(136));
    script.toAcceptor('be', 1430, {
      kind: 'binding-error',
      status: 1,
      homeAddress: contactAddress,
      options: [],
    });
  });
  const { stall, ...others } = await outcomeOf(refused);
  assert.deepEqual(others, good);
  assert.equal(stall, 304.5);
});

test('what a client must never see is counted', async () => {
  const reset = scriptOf(({ hops }) => {
    const fromServer = { from: servicePort, to: port, seq: 1, flags: 4 };
    const packet = ipv6Packet(contactAddress, client, tcpSegment(contactAddress, client, fromServer));
    hops.push({ label: 'reset', atMs: 1150, from: 'ha1', to: 'client', packet });
  });
  assert.equal((await outcomeOf(reset)).resets, 1);
  const wrong = await outcomeOf(scriptOf(), { ok: false, intact: false, bytes: 3000 });
  assert.deepEqual([wrong.outcome, wrong.broken, wrong['wrong-octets']], [3, 1, 3000]);
  const short = await outcomeOf(scriptOf(), { ok: false, intact: true, bytes: 3000 });
  assert.deepEqual([short.outcome, short.broken, short['wrong-octets']], [3, 1, 0]);
});

test('a client that never connected has no outcome, and fails', async () => {
  const script = new HandoffScript();
  script.openChannel(0);
  assert.equal((await outcomeOf(script)).outcome, 'no connection of the client');
});

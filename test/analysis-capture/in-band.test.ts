import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { handoffSequence } from '../../analysis/handoff-sequence.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import {
  acknowledgement,
  bindingUpdate,
  careOf2,
  careOfTestInit,
  homeTestInit,
} from '../support/handoff-messages.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';

/** For the acceptor, though the donor sends it (RFC 6275 §6.2.5). */
function inBand(sequence: number): MobilityMessage {
  const update = bindingUpdate(420, sequence);
  const alternate = { kind: 'alternate-care-of-address', address: careOf2 } as const;
  return update.kind === 'binding-update'
    ? { ...update, options: [alternate, ...update.options] }
    : assert.fail();
}

/** A handoff that was announced while its donor still bound the client to itself, at the second try. */
function cellWith(more: (script: HandoffScript) => void): SyntheticCell {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, initAtMs: 203, initBodyOctets: 91, prepareAtMs: 10 });
  const ownCookie = Buffer.from('donorown');
  script.donorToClient('own-coti', 1012, {
    ...careOfTestInit,
    careOfInitCookie: ownCookie,
  } as MobilityMessage);
  script.donorToClient('own-hoti', 1012.5, { ...homeTestInit, homeInitCookie: ownCookie } as MobilityMessage);
  script.donorToClient('own-bu', 1015, bindingUpdate(420, 7));
  script.clientToDonor('own-ba', 1056, acknowledgement(135, 30));
  more(script);
  const verdict = { repetition: 0, atMs: 3000 };
  return new SyntheticCell(script.hops, [verdict], { variant: 'in-band' });
}

const moved = (script: HandoffScript): void => {
  script.donorToClient('in-band', 1202, inBand(40));
  script.donorToClient('in-band-2', 1202.5, inBand(41));
  script.clientToDonor('in-band-ba', 1243, acknowledgement(0, 40));
};

test('what the donor does for its own binding meanwhile is told apart from what it does for the acceptor', async () => {
  using cell = cellWith(moved);
  const steps = await handoffSequence(cell.folder, 0);
  const own = steps.filter(({ ofDonorAlone }) => ofDonorAlone === true).map(({ label }) => label);
  assert.deepEqual(own, ['CoTI', 'HoTI', 'BU (sequence 7)', 'BA (sequence 30, status 135)']);
  const others = steps.filter(({ ofDonorAlone }) => ofDonorAlone !== true).map(({ label }) => label);
  assert.deepEqual(
    others.filter((label) => /^(HoTI|CoTI|BU|BA)/.test(label)),
    [
      ...['HoTI', 'CoTI', 'HoTI', 'BU (sequence 40) for node2', 'BU (sequence 41) for node2'],
      ...['BU (sequence 42)', 'BA (sequence 40, status 0)', 'BA (sequence 42, status 0)'],
      ...['BU (sequence 43, deletes the binding)', 'BA (sequence 43, status 0)'],
    ],
  );
});

test('that the donor’s own number was refused says nothing of its update for the acceptor', async () => {
  const gapOf = async (more: (script: HandoffScript) => void) => {
    using cell = cellWith(more);
    return (await analyzeCell(cell.folder, [{ name: 'handoff-gap', unit: 'ms' }]))[0]!;
  };
  const { outcome, reason } = await gapOf(moved);
  assert.equal(outcome, 'succeeded', reason);
  const refused = await gapOf((script) => {
    script.donorToClient('in-band', 1202, inBand(40));
    script.clientToDonor('in-band-ba', 1243, acknowledgement(137, 40));
  });
  assert.equal(refused.reason, 'Binding Update rejected with status 137');
  const silent = await gapOf((script) => script.donorToClient('in-band', 1202, inBand(40)));
  assert.equal(silent.reason, 'no Binding Acknowledgement reached the donor');
  const none = await gapOf(() => undefined);
  assert.equal(none.reason, 'no Binding Update from the donor', 'its own is none for the acceptor');
});

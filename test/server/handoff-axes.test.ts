import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  axisValues,
  decodeAxes,
  encodeAxes,
  type HandoffAxes,
  isOfThePaper,
  wholeAxes,
  whyImpossible,
} from '../../server/variants/axes.ts';
import { chooseAxes } from '../../server/variants/choose-axes.ts';
import { handoffVariant, handoffVariants } from '../../server/variants/variants.ts';

const paper = ['baseline', 'drain', 'advance-rr', 'drain+advance-rr'];

/** Without name, description and source. */
const axesOf = (name: string): HandoffAxes => decodeAxes(encodeAxes(handoffVariant(name)));

const anyAxes: fc.Arbitrary<HandoffAxes> = fc.record(
  Object.fromEntries(
    Object.entries(axisValues).map(([name, values]) => [
      name,
      'least' in values
        ? fc.integer({ min: values.least, max: values.most })
        : fc.constantFrom(...(values as readonly string[])),
    ]),
  ),
) as unknown as fc.Arbitrary<HandoffAxes>;

test('axes are one octet each, in an order that stays', () => {
  const octets = (name: string): string => Buffer.from(encodeAxes(handoffVariant(name))).toString('hex');
  // Of the variants that members agree on so far; one that is added brings no row here.
  const agreed = {
    baseline: '000000',
    drain: '010000',
    'advance-rr': '000101',
    'drain+advance-rr': '010101',
    none: '010101',
    'at-update': '010101000001000101',
    'tunnel-first': '01010100000101',
    unforeseen: '010002000001000101',
    positions: '000201000101000101',
    'in-band': '0002010101020001',
    'in-band+own': '000201020101000101',
    timed: '0302010101030001',
    'binding-first': '030201000103000101',
    adaptive: '030201020103000101',
  };
  for (const [name, told] of Object.entries(agreed)) assert.equal(octets(name), told, name);
  assert.deepEqual(
    encodeAxes({ ...handoffVariant('drain'), copies: 1, guardMs: 0, binder: 'acceptor' }),
    Uint8Array.of(1, 0, 0),
  );
});

test('what can be comes back as it was told; what cannot is refused in the words that say why', () => {
  fc.assert(
    fc.property(anyAxes, (axes) => {
      const reason = whyImpossible(axes);
      const octets = encodeAxes(axes);
      if (reason !== undefined)
        assert.throws(() => decodeAxes(octets), { message: `a handoff variant with ${reason}` });
      else assert.deepEqual(wholeAxes(decodeAxes(octets)), wholeAxes(axes));
    }),
    { numRuns: 3000, seed: 3 },
  );
});

test('each impossible combination has a reason of its own, and every variant is possible', () => {
  const drained = handoffVariant('drain+advance-rr');
  const reasons: readonly (readonly [HandoffAxes, RegExp])[] = [
    [{ ...drained, prepareAt: 'never' }, /without a Prepare/],
    [{ ...drained, returnRoutability: 'at-init', binder: 'both', start: 'update' }, /care-of token/],
    [{ ...drained, returnRoutability: 'home-given', binder: 'donor', start: 'init' }, /care-of token/],
    [{ ...drained, start: 'init' }, /nobody has bound/],
    [{ ...drained, binder: 'donor' }, /sends no Binding Update/],
    [{ ...drained, binder: 'donor', start: 'update' }, /sends no Binding Update/],
    [{ ...drained, binder: 'donor', start: 'timed' }, /a cut is announced/],
    [{ ...drained, freezeAt: 'announced-cut' }, /a cut is announced/],
    [{ ...drained, travels: 'positions' }, /drained/],
    [{ ...drained, guardMs: 1 }, /a guard of 1 ms/],
    [{ ...drained, holdMs: 1 }, /a hold of 1 ms behind a drained socket/],
    // What has its octet and no code is refused, and not taken for something else.
    [{ ...drained, freezeAt: 'announced-cut', start: 'timed' }, /no octets before it/],
    [{ ...handoffVariant('binding-first'), returnRoutability: 'at-init' }, /has not been tested/],
    [{ ...drained, returnRoutability: 'kept-fresh' }, /a candidate keeps them from Prepare on/],
  ];
  for (const [axes, reason] of reasons) assert.match(whyImpossible(axes) ?? 'possible', reason);
  for (const variant of handoffVariants) assert.equal(whyImpossible(variant), undefined, variant.name);
});

test('an octet that no axis has is refused, an axis that no release has yet as well', () => {
  for (const [place, [axis, values]] of Object.entries(axisValues).entries()) {
    const beyond = 'least' in values ? values.most - values.least + 1 : (values as readonly string[]).length;
    if (beyond > 255) continue;
    const octets = new Uint8Array(11);
    octets[place] = beyond;
    assert.throws(() => decodeAxes(octets), { message: `a handoff variant with ${axis} ${beyond}` });
  }
  assert.throws(() => decodeAxes(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)), /12 axes/);
});

test('only what the paper has is told to members that know no more, and done for clients without Mobile IPv6', () => {
  const all = { acceptorKnowsAll: true, clientIsPlain: false, resumable: true };
  for (const variant of handoffVariants) {
    const { name } = variant;
    assert.equal(isOfThePaper(variant), paper.includes(name) || name === 'none', name);
    assert.deepEqual(chooseAxes(variant, all), { axes: variant, rules: [] });
    for (const facts of [
      { ...all, acceptorKnowsAll: false },
      { ...all, clientIsPlain: true },
    ]) {
      const { axes, rules } = chooseAxes(variant, facts);
      assert.equal(isOfThePaper(axes), true, name);
      assert.equal(whyImpossible(axes), undefined, name);
      assert.equal(rules.length, isOfThePaper(variant) ? 0 : 1, name);
      assert.equal(axes.prepareAt, variant.prepareAt);
    }
  }
  const { rules } = chooseAxes(handoffVariant('at-update'), { ...all, clientIsPlain: true });
  assert.deepEqual(rules, ['client-without-mobile-ipv6']);
});

test('the adaptive variant drains where the application makes nothing again; one that was asked for by name does not', () => {
  const facts = { acceptorKnowsAll: true, clientIsPlain: false, resumable: false };
  const { axes, rules } = chooseAxes(handoffVariant('adaptive'), facts);
  assert.deepEqual(rules, ['application-makes-nothing-again']);
  assert.deepEqual(wholeAxes(axes), wholeAxes(axesOf('at-update')));
  assert.deepEqual(chooseAxes(handoffVariant('in-band'), facts).rules, []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Journey, journeyBehind } from '../../applications/itinerary-traveller.ts';

const verdict = '4321';

/** What a member writes of a journey: the rest of the document, and of the verdict behind it. */
const output = ({ itinerary, sent, told }: Journey, document: string): string =>
  document.slice(sent, itinerary.bytes) + verdict.slice(told);

test('wherever a client stands in a journey, what is written from there on is the rest of it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.nat(50), fc.nat(60), (document, first, then) => {
      const itinerary = { bytes: document.length, upload: 0, variant: 'drain', legs: [] };
      const journey: Journey = { itinerary, leg: 0, sent: 0, received: 0, intact: true, told: 0 };
      const whole = output(journey, document);
      const behind = journeyBehind(journey, first);
      assert.equal(output(behind, document), whole.slice(first));
      // Again, by the next member; the end of the stream counts one, and is nobody's octet.
      const left = whole.length - Math.min(first, whole.length);
      const octets = Math.min(then, left);
      assert.equal(
        output(journeyBehind(behind, octets), document),
        whole.slice(Math.min(first, whole.length) + octets),
      );
    }),
  );
});

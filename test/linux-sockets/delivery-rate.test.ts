import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Deliveries, fillsItsPath, octetsPerMs } from '../../linux/tcp/delivery-rate.ts';

/** Half a second after a socket was re-created with 62,460 octets in flight, 2 s after its machine was started, at 2 Mbit/s. */
const recreated: Deliveries = {
  deliveryRate: 38_503,
  roundTrip: 272_924,
  acknowledged: 100_000,
  sent: 100_000,
  retransmitted: 0,
  inFlight: 62_460,
};

test('of a socket that has sent all octets itself the kernel’s figure is taken, whatever its round trip', () => {
  const own = { ...recreated, deliveryRate: 238_603, acknowledged: 37_540 };
  assert.equal(octetsPerMs(own), 238.603);
  // A SYN and a FIN are acknowledged and were never sent as octets; what was sent again is sent twice.
  assert.equal(octetsPerMs({ ...own, acknowledged: 37_542 }), 238.603);
  assert.equal(octetsPerMs({ ...own, sent: 101_388, retransmitted: 1388 }), 238.603);
  assert.equal(octetsPerMs({ ...own, deliveryRate: 0, roundTrip: 0 }), 0);
});

test('of a re-created socket what is in flight leaves in one round trip, until two flights of its own have been acknowledged', () => {
  assert.equal(Math.round(octetsPerMs(recreated)), 229);
  assert.equal(octetsPerMs({ ...recreated, roundTrip: 0 }), 0, 'nobody knows');
  const later = (own: number): Deliveries => ({
    ...recreated,
    deliveryRate: 231_000,
    acknowledged: 62_460 + own,
    sent: own + recreated.inFlight,
  });
  assert.equal(Math.round(octetsPerMs(later(2 * 62_460))), 229);
  assert.equal(octetsPerMs(later(2 * 62_460 + 1)), 231);
});

test('however long a machine has been up, a re-created socket’s rate is that of its window', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3000, max: 500_000 }),
      fc.integer({ min: 1000, max: 1_000_000 }),
      fc.double({ min: 0, max: 2, noNaN: true }),
      fc.integer({ min: 0, max: 100_000 }),
      (inFlight, roundTrip, ownFlights, deliveryRate) => {
        const own = Math.floor(ownFlights * inFlight);
        const anothers = inFlight;
        const acknowledged = anothers + own;
        const told = { deliveryRate, roundTrip, retransmitted: 0, inFlight };
        const perMs = octetsPerMs({ ...told, acknowledged, sent: own + inFlight });
        assert.ok(Math.abs(perMs - (inFlight * 1000) / roundTrip) < 1e-6);
      },
    ),
  );
});

test('octets leave evenly where some wait in a queue, which a round trip takes longer for than the least one', () => {
  const evenly = (roundTrip: number, leastRoundTrip: number) => fillsItsPath({ roundTrip, leastRoundTrip });
  // 40,960 octets at 2 Mbit/s: 164 ms; of a path of 80 ms they fill it twice, and of one of 200 ms they never do.
  assert.equal(evenly(164_000, 80_000), true);
  assert.equal(evenly(200_400, 200_000), false);
  assert.equal(evenly(0, 0xffffffff), false, 'nothing has been measured yet');
});

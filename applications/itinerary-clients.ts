import * as z from 'zod/mini';
import { FdPoller } from '../linux/fd-poller.ts';
import { stopIdleMetrics } from '../linux/idle-metrics.ts';
import { atInstant } from '../nodes/support/at-instant.ts';
import * as fields from '../nodes/support/config-numbers.ts';
import { machineMs } from '../nodes/support/monotonic.ts';
import { startNode } from '../nodes/support/node-process.ts';
import { nextPeriod } from '../nodes/support/repetition-start.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { ItineraryVisit, itineraryVisit, type PlannedVisit } from './itinerary-visit.ts';

/** Clients of the itinerary server on many hosts: ordinary TCP connections, opened within each host's network namespace. */
const node = startNode(
  'itinerary-clients',
  'lets hosts of one machine visit the itinerary server, at set times, and checks every octet',
  strictObject({
    port: fields.port,
    /** visits' times count from the next multiple of this on the monotonic clock, ms; a host's visits of one series follow one another */
    periodMs: fields.positiveMs,
    visits: z.array(itineraryVisit),
  }),
);
const { port, periodMs, visits } = node.config;
stopIdleMetrics();
const poller = FdPoller.open();
const begin = nextPeriod(periodMs);

node.onStop(() => poller.close());
node.ready();
void atInstant(begin).then(() => {
  node.log.write('visits-begin', { visits: visits.length });
  const series = Map.groupBy(visits, ({ host, series: which = 1 }) => `${host} ${which}`);
  void Promise.all([...series.values()].map(visitInTurn)).then(() => node.end(0));
});

/** One series of one host's visits. */
async function visitInTurn(inSeries: readonly PlannedVisit[]): Promise<void> {
  for (const visit of inSeries.toSorted((one, other) => one.atMs - other.atMs)) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, begin + visit.atMs - machineMs())));
    await new ItineraryVisit(visit, { poller, port, log: node.log.as(visit.host) }).run();
  }
}

import { type Interface, interfacesOf } from './interfaces.ts';
import type { LinkChange, Shaping, Topology } from './topology.ts';

/** `40 ms ± 1 ms, 0.5 % loss, 2000 kbit/s, bucket of 3 frames, queue 100`; empty where nothing is done to packets. */
export function describeShaping(shaping: Shaping): string {
  const { delayMs, jitterMs, lossPct, rateKbit, queue, firstDscp, bucketFrames, at = [] } = shaping;
  const parts: string[] = [];
  if (delayMs) parts.push(jitterMs ? `${delayMs} ms ± ${jitterMs} ms` : `${delayMs} ms`);
  if (lossPct) parts.push(`${lossPct} % loss`);
  if (rateKbit !== undefined) parts.push(`${rateKbit} kbit/s`);
  if (bucketFrames !== undefined)
    parts.push(`bucket of ${bucketFrames} ${bucketFrames === 1 ? 'frame' : 'frames'}`);
  if (firstDscp !== undefined) parts.push(`DSCP ${firstDscp} first`);
  if (queue !== undefined) parts.push(`queue ${queue}`);
  return [parts.join(', '), ...at.map(describeChange)].filter((part) => part !== '').join('; ');
}

/** `from 500 ms on 1000 kbit/s, 5 % loss` */
function describeChange({ ms, delayMs, jitterMs, lossPct, rateKbit }: LinkChange): string {
  const parts = [
    ...(delayMs === undefined ? [] : [`${delayMs} ms`]),
    ...(jitterMs === undefined ? [] : [`± ${jitterMs} ms`]),
    ...(lossPct === undefined ? [] : [`${lossPct} % loss`]),
    ...(rateKbit === undefined ? [] : [`${rateKbit} kbit/s`]),
  ];
  return `from ${ms} ms on ${parts.join(', ')}`;
}

/** What happens on a link, seen from `at`, a line per direction: `→` away from it, `←` towards it, `↔` where they are alike. */
export function describeLink(topology: Topology, at: Interface): readonly string[] {
  const back = interfacesOf(topology).find((other) => other.link === at.link && other.node !== at.node)!;
  const there = describeShaping(at.egress);
  const here = describeShaping(back.egress);
  if (there === here) return there === '' ? [] : [`↔ ${there}`];
  return [there && `→ ${there}`, here && `← ${here}`].filter((part) => part !== '');
}

/** One-way latencies between sites: a table with a row per site of origin; empty where a topology has none. */
export function latencyTable(topology: Topology): readonly (readonly string[])[] {
  const pairs = topology.pairLatencies;
  const rows: string[][] = [];
  for (const router of new Set(pairs.map((pair) => pair.router))) {
    const here = pairs.filter((pair) => pair.router === router);
    const sites = [...new Set(here.flatMap((pair) => [pair.from, pair.to]))];
    rows.push([`at ${router}`, ...sites.map((site) => `to ${site}`)]);
    for (const from of sites) {
      const cells = sites.map((to) => {
        const pair = here.find((candidate) => candidate.from === from && candidate.to === to);
        return pair === undefined ? '–' : describeShaping(pair) || '0 ms';
      });
      rows.push([`from ${from}`, ...cells]);
    }
  }
  return rows;
}

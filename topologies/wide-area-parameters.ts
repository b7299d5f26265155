import type { WideAreaCounts } from './wide-area-roles.ts';

/** What may be varied in a wide-area network. */
export interface WideAreaParameters extends WideAreaCounts {
  /** one-way latency over the longest way that sites may be apart, ms */
  readonly spanMs: number;
  /** upstream rate of each member site, kbit/s; 100,000 is what the paper calls unshaped */
  readonly rateKbit: number;
  /** DSCP of packets that pass first before that rate; absent: none does */
  readonly firstDscp?: number;
  /** loss of each pair of sites, per direction */
  readonly lossPct: number;
  /** variation of each pair's latency, ± ms; lowered to the latency where that is less */
  readonly jitterMs: number;
  /** of the sites' places, and so of all latencies that are not given */
  readonly seed: number;
}

import { FIG9_ADDRESSES, fig9 } from '../../topologies/fig9.ts';
import { DEFAULT_DELAY_LINE_PACKETS } from '../../topologies/shaping.ts';
import type { Topology } from '../../topologies/topology.ts';
import type { Cell } from '../cells.ts';
import { UsageError } from '../usage-error.ts';
import type { LabPlan, LabProcess } from './procedure.ts';
import { refuseEarlyPackets } from './testbed.ts';

const servicePort = 8080;
const orderPort = 7000;
/** local port of the bulk connection of repetition 0; each further repetition takes the next */
const firstBulkPort = 20_000;
/** Stand in every datagram; analysis/calibration/datagrams.ts knows them too. */
const purposes = { probe: 0, flood: 1 } as const;
const probeOctets = 16;
/** A datagram that fills the frame: 1500 octets less the headers of IPv6 and UDP. */
const floodOctets = 1452;
/** Half of what the topology lets wait before a rate limit. */
const floodPackets = 500;
const frameBits = 1514 * 8;

const { client, node1, node2 } = FIG9_ADDRESSES;

/** Datagrams between all stations at once, then a full shaper at each home agent, then a TCP bulk transfer; all paths are Fig. 9's. */
export function calibration(cell: Cell): LabPlan {
  const { cs1Ms = 0, cs2Ms = 0, ssMs = 0, rateKbit = 0, lossPct = 0, jitterMs = 0 } = cell.parameters;
  refuseEarlyPackets(cell.parameters, jitterMs);
  const topology = fig9({ cs1Ms, cs2Ms, ssMs, rateKbit, lossPct, jitterMs });
  refuseFullDelayLine(cell);
  return {
    topology: withReno(topology),
    addresses: FIG9_ADDRESSES,
    servicePort,
    channelPort: orderPort,
    daemons: [[station('node1', node1), station('node2', node2)]],
    driver: conductor(cell),
    virtualTimeoutS: 120 + cell.repetitions * (repetitionSeconds(cell) + spareSeconds),
    wallSeconds: cell.repetitions * repetitionSeconds(cell),
  };
}

/** Throws UsageError when a path's probes would not fit into its delay line: the queue would lose some, and the loss would be taken for the link's. */
function refuseFullDelayLine({ parameters }: Cell): void {
  const { cs1Ms = 0, cs2Ms = 0, ssMs = 0, jitterMs = 0, packets = 0, burst = 1, tickMs = 1 } = parameters;
  const underWay = burst * Math.ceil((Math.max(cs1Ms, cs2Ms, ssMs) + jitterMs) / tickMs + 1);
  if (Math.min(underWay, packets) + floodPackets <= DEFAULT_DELAY_LINE_PACKETS) return;
  const problem = `lets ${Math.min(underWay, packets)} probes of a path be under way at the same time`;
  const remedy = `a delay line holds ${DEFAULT_DELAY_LINE_PACKETS} packets: give a longer tick, a smaller burst, shorter latencies or fewer packets`;
  throw new UsageError('tickMs', String(tickMs), problem, remedy);
}

/**
 * The bulk transfer is compared with a formula for slow start. Cubic's HyStart leaves slow start early, on a guess, at rates
 * where acknowledgements come close together: the sender uses Reno, which does not.
 */
function withReno(topology: Topology): Topology {
  const nodes = topology.nodes.map((node) => ({
    ...node,
    sysctls: { ...node.sysctls, 'net.ipv4.tcp_congestion_control': 'reno' },
  }));
  return { ...topology, nodes };
}

function station(name: string, address: string): LabProcess {
  return { name, host: name, program: 'calibration-station', config: { address, orderPort, servicePort } };
}

function conductor(cell: Cell): LabProcess {
  const { bytes = 0, windowBytes, cs1Ms = 0, cs2Ms = 0, ssMs = 0, jitterMs = 0 } = cell.parameters;
  const bulk = { server: node1, firstLocalPort: firstBulkPort, bytes, windowBytes, timeoutMs: 60_000 };
  return {
    name: 'client',
    host: 'client',
    program: 'calibration-client',
    config: {
      address: client,
      orderPort,
      servicePort,
      stations: [node1, node2],
      repetitions: cell.repetitions,
      steps: [probes(cell), flood()],
      ...(bytes > 0 ? { bulk } : {}),
      lingerMs: 1000 + 2 * (Math.max(cs1Ms, cs2Ms, ssMs) + jitterMs),
    },
  };
}

/** Both directions of one pair or of all three pairs, at the same time. */
function probes({ parameters }: Cell): readonly object[] {
  const { packets = 0, burst = 1, tickMs = 0, pairs = 3 } = parameters;
  const rest = { purpose: purposes.probe, packets, octets: probeOctets, perTick: burst, tickMs };
  if (pairs === 1)
    return [
      { at: '', to: [node1], ...rest },
      { at: node1, to: [client], ...rest },
    ];
  return [
    { at: '', to: [node1, node2], ...rest },
    { at: node1, to: [client, node2], ...rest },
    { at: node2, to: [client, node1], ...rest },
  ];
}

/** All at once: the home agent's shaper has work until the last has left. */
function flood(): readonly object[] {
  const rest = {
    purpose: purposes.flood,
    to: [client],
    packets: floodPackets,
    octets: floodOctets,
    perTick: floodPackets,
    tickMs: 1,
  };
  return [
    { at: node1, ...rest },
    { at: node2, ...rest },
  ];
}

const spareSeconds = 10;

/** What one repetition takes if all goes well, rather more. */
function repetitionSeconds({ parameters }: Cell): number {
  const { packets = 0, burst = 1, tickMs = 1, rateKbit = 1, bytes = 0, cs1Ms = 0 } = parameters;
  const bits = bytes * 8 * 1.1 + floodPackets * frameBits;
  return Math.ceil((packets / burst) * (tickMs / 1000) + bits / (rateKbit * 1000) + (100 * cs1Ms) / 1000);
}

import { FIG9_ADDRESSES, FIG9_DEFAULTS, type Fig9Parameters, fig9 } from '../../topologies/fig9.ts';
import { type Cell, deriveSeed } from '../cells.ts';
import { UsageError } from '../usage-error.ts';
import type { LabPlan, LabProcess } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';

const servicePort = 8080;
const channelPort = 7000;
const bindingLifetimeSeconds = 420;
const homeLifetimeSeconds = 420;
/** Bounds the TCP state of a full socket near the paper's 80–90 kB (§4.1, §6.2); the kernel doubles it for its own overhead. */
const sendBuffer = 87 * 1024;
const receiveLowWater = 256 * 1024;
/** longer than TIME-WAIT (60 s), so that no connection meets the rests of the one before */
const restMs = 70_000;
/** for the last acknowledgements and the deletion of the binding, retransmissions included */
const lingerMs = 5000;

/** Paper §6.2–§6.4: the client fetches a document from the contact address; node 1 sends the first part, node 2 the rest. */
export function downloadHandoff(cell: Cell): LabPlan {
  refuseWithoutHandoff(cell);
  const addresses = FIG9_ADDRESSES;
  const link = linkParameters(cell);
  const sessionMs = sessionLimitMs(cell, link);
  const periodMs = Math.ceil((sessionMs + restMs) / 10_000) * 10_000;
  return {
    topology: fig9(link),
    addresses,
    servicePort,
    channelPort,
    daemons: [
      [correspondentNode(), homeAgent(1, cell, addresses), homeAgent(2, cell, addresses)],
      [member(2, cell, addresses), member(1, cell, addresses)],
    ],
    driver: downloadClient(cell, addresses, periodMs, sessionMs),
    virtualTimeoutS: Math.ceil(((cell.repetitions + 2) * periodMs) / 1000) + 120,
  };
}

/** Throws UsageError when the donor would send everything: there is nothing to hand off then. */
function refuseWithoutHandoff({ parameters }: Cell): void {
  const { firstBytes = 0, bytes = 0 } = parameters;
  if (firstBytes < bytes) return;
  const remedy = `give less than bytes (${bytes}): the acceptor sends the rest`;
  throw new UsageError('firstBytes', String(firstBytes), 'leaves nothing for the acceptor', remedy);
}

/** `csMs` is both latencies to the client; `cs1Ms` and `cs2Ms` set one of them. */
function linkParameters({ parameters }: Cell): Fig9Parameters {
  const { csMs = 0, cs1Ms = csMs, cs2Ms = csMs, ssMs = 0, rateKbit, lossPct = 0, jitterMs = 0 } = parameters;
  return { cs1Ms, cs2Ms, ssMs, rateKbit: rateKbit ?? FIG9_DEFAULTS.rateKbit, lossPct, jitterMs };
}

/** Far above what a session can take: transfer at the rate, round trips of slow start and handoff, and losses. */
function sessionLimitMs({ parameters }: Cell, { rateKbit, cs1Ms, cs2Ms, ssMs }: Fig9Parameters): number {
  const { bytes = 0, waitMs = 0 } = parameters;
  return Math.ceil((bytes * 8 * 4) / rateKbit + waitMs + 60 * (cs1Ms + cs2Ms + ssMs) + 60_000);
}

function correspondentNode(): LabProcess {
  return { name: 'correspondent-node', host: 'client', program: 'correspondent-node', config: {} };
}

function homeAgent(number: 1 | 2, cell: Cell, addresses: Readonly<Record<string, string>>): LabProcess {
  const address = addresses[`homeAgent${number}`]!;
  const contact = { address: addresses.contactAddress, associations: securityAssociations(cell.seed) };
  return {
    name: `ha${number}`,
    host: `ha${number}`,
    program: 'home-agent',
    config: {
      address,
      prefix: address.replace(/::.*$/, '::/64'),
      homeAddresses: number === 1 ? [contact] : [],
      maximumLifetimeSeconds: homeLifetimeSeconds,
    },
  };
}

function member(number: 1 | 2, cell: Cell, addresses: Readonly<Record<string, string>>): LabProcess {
  const { firstBytes, waitMs = 0 } = cell.parameters;
  const { node1, node2 } = addresses;
  return {
    name: `node${number}`,
    host: `node${number}`,
    program: 'member',
    config: {
      careOfAddress: addresses[`node${number}`],
      contactAddress: addresses.contactAddress,
      homeAgent: addresses.homeAgent1,
      contactNode: node1,
      ...(number === 1 ? { associations: securityAssociations(cell.seed) } : {}),
      peers: [number === 1 ? node2 : node1],
      channelPort,
      servicePort,
      homeLifetimeSeconds,
      bindingLifetimeSeconds,
      doneTimeoutMs: 60_000,
      application: {
        kind: 'download',
        firstBytes,
        ...(number === 1 ? { acceptor: node2 } : {}),
        variant: cell.variant,
        waitMs,
        sendBuffer,
      },
    },
  };
}

function downloadClient(
  cell: Cell,
  addresses: Readonly<Record<string, string>>,
  periodMs: number,
  timeoutMs: number,
): LabProcess {
  const phasesMs = Array.from({ length: cell.repetitions }, (_, repetition) => phaseMs(cell, repetition));
  return {
    name: 'client',
    host: 'client',
    program: 'download-client',
    config: {
      server: addresses.contactAddress,
      port: servicePort,
      bytes: cell.parameters.bytes,
      periodMs,
      phasesMs,
      receiveLowWater,
      receiveWindow: cell.parameters.windowBytes,
      timeoutMs,
      lingerMs,
    },
  };
}

/** Where in a second the repetition starts, relative to every periodic timer: 0…1000 ms in steps of 1 µs. */
function phaseMs(cell: Cell, repetition: number): number {
  return (deriveSeed('phase', cell.seed, repetition) % 1_000_000) / 1000;
}

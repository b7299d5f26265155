import { type Measure, measuresIn, measureTable } from './measure.ts';

const ms = 'ms';
const phase = (description: string) => ({ unit: ms, description });
const inProcesses = (description: string) => ({ unit: ms, description: `in the processes: ${description}` });

/** What is read from each repetition's part of the capture; the phases are those of Table 1, by the packets that bound them at the router. */
export const handoffTable = measureTable({
  'handoff-gap': {
    unit: ms,
    description: 'at the client: last packet from the donor → first data packet from the acceptor',
  },
  'phase-1': phase('last data packet from the donor → first Init packet'),
  'phase-2': phase('first → last Init packet'),
  'phase-3': phase('last Init packet → first HoTI or CoTI'),
  'phase-4': phase('first HoTI or CoTI → last HoT or CoT'),
  'phase-5': phase('last HoT or CoT → Binding Update'),
  'phase-6': phase('Binding Update → Binding Acknowledgement'),
  'phase-7': phase('Binding Acknowledgement → first data packet from the acceptor'),
  'handoff-total': {
    unit: ms,
    description: 'last data packet from the donor → first data packet from the acceptor, at the router',
  },
  'handoff-rest': { unit: ms, description: 'of that, all but phase 2' },
  'after-empty': {
    unit: ms,
    description: 'last acknowledgement on its way to the donor → first packet of Init, at the router',
  },
  'state-bytes': { unit: 'bytes', description: 'payload octets of the Init message' },
});

/** What the client notices of a handoff, and what it costs, beside the gap; of a client that was not moved as well. */
export const atlasTable = measureTable({
  'gap-but-waits': {
    unit: ms,
    description:
      'the gap less the time that the packets of Init take one behind the other, and what tests in advance end later than Init',
  },
  'longest-stall': {
    unit: ms,
    description:
      'at the client: the longest time without a further octet that it can read, from the middle of the first part on',
  },
  'first-second': {
    unit: 'octets',
    description: 'what the client can read more one second behind the donor’s last data packet',
  },
  'sent-again': { unit: 'octets', description: 'payload from the servers that had come before' },
  'signalling-before': {
    unit: 'octets',
    description:
      'of Mobility Header packets and members’ frames about the handoff, up to the acceptor’s first data packet',
  },
  'signalling-after': {
    unit: 'octets',
    description: 'of the same behind it, without the deletion of the binding',
  },
  'client-drops': { unit: 'packets', description: 'what the client’s own kernel dropped (xfrm_stat)' },
});

/** What the members' own processes say: of the donor's local work (paper §6.2 compares it with phase 1), of the phases, and how far both agree. */
export const processTable = measureTable({
  'extraction-call': {
    unit: ms,
    description: 'in the donor’s process: the call that freezes and extracts the socket',
  },
  'process-phase-1': inProcesses('the donor’s library is called → Init is handed to the channel'),
  'process-phase-2': inProcesses('Init is handed to the channel → all of it is there'),
  'process-phase-3': inProcesses('all of Init is there → return routability is started'),
  'process-phase-4': inProcesses('return routability is started → both tokens are there'),
  'process-phase-5': inProcesses('both tokens and Init are there → the Binding Update is sent'),
  'process-phase-6': inProcesses('the Binding Update is sent → its acknowledgement is there'),
  'process-phase-7': inProcesses('the acknowledgement is there → the socket is active'),
  'phase-disagreement': {
    unit: ms,
    description: 'largest difference between capture and processes in the phases 3 to 7',
  },
});

const instant = (event: string) => ({
  unit: ms,
  description: `since the client’s SYN, at the router: ${event}`,
});

/** When the messages of a handoff passed the router, for their order. */
export const instantTable = measureTable({
  'at-prepare': instant('Prepare comes from the donor'),
  'at-last-data': instant('the donor’s last data packet comes'),
  'at-last-ack': instant('the client’s last acknowledgement before Init leaves towards the donor'),
  'at-init': instant('the first packet of Init comes from the donor'),
  'at-home-test-init': instant('HoTI comes from the acceptor'),
  'at-care-of-test-init': instant('CoTI comes from the acceptor'),
  'at-home-test': instant('HoT leaves towards the acceptor'),
  'at-care-of-test': instant('CoT leaves towards the acceptor'),
  'at-binding-update': instant('the accepted Binding Update comes from the acceptor'),
  'at-binding-acknowledgement': instant('its acknowledgement leaves towards the acceptor'),
  'at-first-data': instant('the acceptor’s first data packet comes'),
});

/** Of the connection, handed off or not; none of our experiments asks for them. */
export const connectionTable = measureTable({
  'session-time': { unit: ms, description: 'at the client’s link: its SYN → the later FIN' },
  retransmissions: {
    unit: 'packets',
    description: 'data segments from the servers with octets that had come before',
  },
});

/** What became of the client, whatever its handoff was like: no repetition is left out. */
export const outcomeTable = measureTable({
  outcome: {
    unit: '',
    description:
      '0: the acceptor finished, 1: the donor did and never let go, 2: it took the client back, 3: the connection was lost',
  },
  'wrong-octets': { unit: 'octets', description: 'the client received that are not the document’s' },
  resets: { unit: 'packets', description: 'resets towards a client that had not closed' },
  'further-changes': {
    unit: '',
    description: 'how often another member began to send new octets, beyond the way over and back',
  },
  broken: { unit: '', description: '1: the document did not come to its end' },
  stall: { unit: ms, description: 'the longest time without a further octet that the client could read' },
});

/** The same of an experiment that asks what a fault does, or of any. */
export function outcomeMeasures(prefix: 'client' | 'fault'): readonly Measure[] {
  return measuresIn(outcomeTable).map((measure) => ({ ...measure, name: `${prefix}-${measure.name}` }));
}

export const clientMeasures = outcomeMeasures('client');
export const handoffMeasures = measuresIn(handoffTable);
export const atlasMeasures = measuresIn(atlasTable);
export const processMeasures = measuresIn(processTable);
export const instantMeasures = measuresIn(instantTable);

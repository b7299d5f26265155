import { measureTable } from './measure.ts';

const [ms, connections, packets] = ['ms', 'connections', 'packets'];

/** All from the capture at the router, but where `description` names a log. */
export const takeoverTable = measureTable({
  outage: {
    unit: ms,
    description:
      'of the contact address, at the members: last answer of the old contact node → first datagram at its successor; 0 where that comes first',
  },
  'client-outage': {
    unit: ms,
    description:
      'at a client in reverse tunnel: first datagram without an answer → next one with an answer; with loss, of the longest row without',
  },
  detection: {
    unit: ms,
    description:
      'end of the contact node (when the conductor’s log says it was killed, cut off or told to leave) → its first backup’s Binding Update',
  },
  silence: {
    unit: ms,
    description: 'last sign of life of the contact node at its first backup → the backup’s Binding Update',
  },
  'heartbeat-age': {
    unit: ms,
    description: 'last heartbeat of the contact node → its end by the conductor’s log',
  },
  registration: {
    unit: ms,
    description: 'the backup’s Binding Update → its acknowledgement at the backup',
  },
  'optimized-gap': {
    unit: ms,
    description:
      'longest silence of a client with a route to another member behind the end, less the longest in the second before',
  },
  registrations: { unit: 'updates', description: 'Binding Updates that the home agent accepts' },
  'contact-switches': {
    unit: 'changes',
    description: 'how often the member changes to which the home agent sends the client’s datagrams',
  },
  'esp-reversals': {
    unit: packets,
    description:
      'ESP packets whose number is not above all earlier ones of their association, at the home agent',
  },
  'update-reversals': {
    unit: packets,
    description: 'Binding Updates, decrypted, whose sequence number is not above all earlier ones',
  },
  resets: {
    unit: packets,
    description: 'TCP resets of the service to others than the client of the ended contact node',
  },
  'lost-held': {
    unit: connections,
    description: 'connections of the ended contact node that were lost, by the client’s log',
  },
  'lost-others': {
    unit: connections,
    description: 'connections of other members whose client did not get every octet, by the client’s log',
  },
});

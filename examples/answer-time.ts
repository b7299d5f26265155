import { type ObservedRepetition, serverExperiment } from 'handoff-lab/experiment';

/** Packets with data of the server's, as they leave towards the client. */
const answers = ({ packets, addresses }: ObservedRepetition): readonly number[] =>
  packets
    .filter(({ direction, neighbour }) => direction === 'out' && neighbour === 'client')
    .filter(({ source, tcp }) => source === addresses.contactAddress && (tcp?.payloadOctets ?? 0) > 0)
    .map(({ atMs }) => atMs);

export default serverExperiment({
  id: 'answer-time',
  question: 'What does a guest of the chat notice of a way that gets slow: served there, or handed off?',
  topology: './flapping-link.ts',
  parameters: {},
  application: { name: './chat-server.ts' },
  client:
    'exec 3<>/dev/tcp/$CONTACT/$PORT; read -r -u 3; for word in Ada one two three four; do echo $word >&3; read -r -u 3; sleep 0.3; done',
  handoffs: [{ atMs: 400, to: 'node2' }],
  repetitions: 2,
  measures: [
    {
      name: 'longest-answer',
      unit: 'ms',
      description: 'longest time between two answers, at the client’s link',
      from: (repetition) => {
        const at = answers(repetition);
        return at.length < 2 ? undefined : Math.max(...at.slice(1).map((ms, index) => ms - at[index]!));
      },
    },
    {
      name: 'handoffs',
      unit: '',
      description: 'handoffs that the members tell of',
      from: ({ events }) => events.filter(({ event }) => event === 'handed-off').length,
      ofFailed: true,
    },
  ],
});

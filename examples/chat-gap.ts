import { serverExperiment } from 'handoff-lab/experiment';

export default serverExperiment({
  id: 'chat-gap',
  question: 'What does the way between members cost a guest of the chat who is handed off?',
  application: './chat-server.ts',
  client:
    'exec 3<>/dev/tcp/$CONTACT/$PORT; read -r -u 3; for word in Ada one two; do echo $word >&3; read -r -u 3; sleep 1; done',
  handoffs: [{ atMs: 1500, to: 'node2' }],
  grid: [{ csMs: [40], ssMs: [20, 80] }],
  repetitions: 3,
});

import { handoffExperiment } from 'handoff-lab/experiment';

export default handoffExperiment({
  id: 'near-acceptor',
  question: 'How much shorter is the gap when the acceptor is nearer to the client than the donor?',
  grid: [{ cs1Ms: [60], cs2Ms: [10, 30, 60], ssMs: [20] }],
  variants: ['drain', 'drain+advance-rr'],
  repetitions: 3,
  plot: { measure: 'handoff-gap', over: 'cs2Ms' },
});

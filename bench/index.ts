import type { Benchmark } from './benchmark.ts';
import compared from './compared.ts';
import mininet from './mininet.ts';
import paper from './paper.ts';
import profile from './profile.ts';
import sessions from './sessions.ts';
import start from './start.ts';
import tcp from './tcp.ts';
import transfer from './transfer.ts';

/** Every benchmark, in the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  transfer,
  start,
  mininet,
  sessions,
  profile,
  paper,
  tcp,
  compared,
];

import type { Clock } from '../../experiments/experiment.ts';
import type { OwnApplication } from '../../experiments/own-server.ts';

/** A server of one's own, and its network. */
export interface ServeOptions {
  readonly application: OwnApplication;
  /** its name */
  readonly topology: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly clock: Clock;
  readonly seed: number;
  readonly signal: AbortSignal;
  log(line: string): void;
}

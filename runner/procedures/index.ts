import { calibration } from './calibration.ts';
import { churn } from './churn.ts';
import { downloadHandoff } from './download-handoff.ts';
import { failover } from './failover.ts';
import { faultyHandoff } from './faulty-handoff.ts';
import { frontend } from './frontend.ts';
import { ownServer } from './own-server.ts';
import { parallel } from './parallel.ts';
import type { Procedure } from './procedure.ts';
import { takeover } from './takeover.ts';
import { udpEcho } from './udp-echo.ts';

/** Procedures by the name that experiments use; those of experiments of the user's own come with them. */
export const procedures: Record<string, Procedure> = {
  calibration,
  churn,
  'download-handoff': downloadHandoff,
  failover,
  'faulty-handoff': faultyHandoff,
  frontend,
  'own-server': ownServer,
  parallel,
  takeover,
  'udp-echo': udpEcho,
};

export function addProcedure(name: string, procedure: Procedure): void {
  procedures[name] = procedure;
}

import { calibration } from './calibration.ts';
import { downloadHandoff } from './download-handoff.ts';
import type { Procedure } from './procedure.ts';
import { udpEcho } from './udp-echo.ts';

/** Procedures by the name that experiments use. */
export const procedures: Readonly<Record<string, Procedure>> = {
  calibration,
  'download-handoff': downloadHandoff,
  'udp-echo': udpEcho,
};

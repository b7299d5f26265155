import { downloadHandoff } from './download-handoff.ts';
import type { Procedure } from './procedure.ts';

/** Procedures by the name that experiments use. */
export const procedures: Readonly<Record<string, Procedure>> = {
  'download-handoff': downloadHandoff,
};

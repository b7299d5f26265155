import { fileURLToPath } from 'node:url';
import type { LabPlan } from '../../runner/procedures/procedure.ts';
import type { MemberLabOptions } from './member-lab.ts';

/** Seconds for the last acknowledgements and the deletion of the binding, retransmissions included. */
const LINGER_S = 5;

/** For `runMembers`: this bash script in the place of the download client, on the same host; its status is the driver's. */
export function clientScript(script: string): Required<Pick<MemberLabOptions, 'plan' | 'programs'>> {
  const whole = `${script}\nsleep ${LINGER_S}`;
  return {
    plan: (plan: LabPlan) => ({
      ...plan,
      driver: { name: 'client', host: 'client', program: 'client-script', config: { script: whole } },
    }),
    programs: {
      'client-script': fileURLToPath(new URL('../member-lab/guest/client-script.ts', import.meta.url)),
    },
  };
}

/** What a lab shall do. */
interface InitScriptSpec {
  /** lines of bash; the first command that fails ends the lab with its status */
  readonly body: string;
}

/**
 * The `init.sh` of a job folder: runs `body` as the lab's root user, in /run/job, and says which command failed.
 *
 * Mounts, loopback, time limit and power-off are the work of the lab's first process (`runner/kernel/lab-init.c`),
 * which does in a millisecond what takes mount(8) and its like a tenth of a second.
 */
export function initScript(spec: InitScriptSpec): string {
  return `#!/bin/bash
set -euo pipefail
# nodes/support/in-lab.ts
export HANDOFF_LAB=1
trap 'status=$?; echo "init.sh: line $LINENO: status $status: $BASH_COMMAND" >&2' ERR
${spec.body}
`;
}

import type { Clock } from '../../experiments/experiment.ts';

/** What separates a command's output from the next prompt on the lab's line. */
export const END_OF_COMMAND = 0x1e;

interface AgentOptions {
  /** random text that no command prints by accident */
  readonly token: string;
  readonly clock: Clock;
  /** true: someone types, so commands get what is typed, and their terminal echoes it */
  readonly interactive: boolean;
}

/** Until a whole line is there, a millisecond at a time: a pipe that nobody writes to is bash's way to wait without a process. */
const awaitLine = 'until read -r -t 0; do read -r -t 0.001 -u "$never"; done';

/**
 * A bash fragment that serves the line /dev/tty1: takes `TOKEN HOST COMMAND…`, runs the command on that host, prints
 * `END_OF_COMMAND`, the token and the status. It ends when the line does.
 *
 * The line is the controlling terminal: Ctrl-C interrupts what runs, not the agent. While it waits in time that can leap it
 * looks at the line again and again, a millisecond apart: a lab without anything to do would otherwise leap at once to
 * its next timer, and with no timer to the end of its time. The other end stops the lab meanwhile (`LabLine.pause`).
 * It looks without reading: a `read` that times out in the midst of a line takes the line's beginning with it.
 */
export function agentScript({ token, clock, interactive }: AgentOptions): string {
  const wait = clock !== 'wall' ? awaitLine : '';
  const before = interactive ? 'stty echo' : '';
  const after = interactive ? 'stty -echo' : '';
  return `# --- shell
set +e
trap - ERR
cd /tmp
export PATH=/run/lab:$PATH TERM=linux
exec <>/dev/tty1 >&0 2>&1
stty -echo -onlcr
trap : INT
mkfifo /tmp/.never && exec {never}<>/tmp/.never && rm /tmp/.never
status=0
while printf '\\x1e${token} %d\\n' "$status"; do
  while :; do
    ${wait}
    IFS= read -r line
    got=$?
    (( got > 128 )) && continue
    (( got )) && exit 0
    [[ $line == *'${token} '* ]] && break
  done
  # What was typed while the last command ran, and was not read by it, stands in front.
  line=\${line#*'${token} '}
  ${before}
  nsenter --net=/run/netns/"\${line%% *}" bash -c "\${line#* }"${interactive ? '' : ' </dev/null'} {never}>&-
  status=$?
  ${after}
done
`;
}

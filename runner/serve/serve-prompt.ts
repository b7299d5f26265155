import { topologyByName } from '../../topologies/index.ts';
import { checked } from '../../topologies/validate.ts';
import { jobFilesOf } from '../cells/cell-files.ts';
import { serverBody } from '../lab-body.ts';
import { serverOn } from '../procedures/own-server.ts';
import type { LabPlan } from '../procedures/procedure.ts';
import { talkToScript, talkToTerminal } from '../shell/prompt.ts';
import { inLiveLab } from '../shell/shell.ts';
import type { OwnWords } from '../shell/words.ts';
import type { ServeOptions } from './serve-options.ts';

interface PromptOptions extends ServeOptions {
  /** what is typed where nobody sits at a terminal */
  lines(): AsyncIterable<string>;
}

/** The server in a lab, and a prompt in it; resolves with the status of the last command. Throws UsageError, LabError. */
export async function servePrompt(options: PromptOptions): Promise<number> {
  const { application, topology: name, settings, clock, seed, signal, log, lines } = options;
  const entry = topologyByName(name);
  const topology = checked(entry.build(settings));
  const server = serverOn({
    topology,
    application,
    seed,
    told: { parameters: entry.complete(settings) },
  });
  const driver = {
    name: 'client',
    host: server.roles.clients[0]!.name,
    program: 'command-client',
    config: {},
  };
  const shownFolder = process.cwd();
  const plan: LabPlan = { ...server, shownFolder, driver, virtualTimeoutS: 0, wallSeconds: 0 };
  const { 'init.sh': _, ...files } = jobFilesOf(plan, 'headers');
  const interactive = process.stdin.isTTY && process.stdout.isTTY;
  const lab = { clock, seed, interactive, signal, log, beside: { body: serverBody(plan), files } };
  const members = server.roles.members;
  const words: OwnWords = {
    handoff: {
      help: `handoff MEMBER all clients go there: one of ${members.map((member) => member.name).join(', ')}`,
      read: ([to = '', ...more]) => {
        const acceptor = members.find((member) => member.name === to);
        if (acceptor === undefined || more.length > 0) {
          const known = members.map((member) => member.name).join(', ');
          return { kind: 'mistake', text: `'${to}' is no member: handoff takes one of ${known}` };
        }
        const fifos = server.fifos.join(' ');
        return {
          kind: 'command',
          host: 'router',
          command: `for fifo in ${fifos}; do echo ${acceptor.address} >$fifo; done`,
        };
      },
    },
  };
  return inLiveLab(topology, lab, (session) => {
    if (!interactive) return talkToScript(session, topology, lines(), words);
    process.stdout.write(
      `${application.name} serves at http://contact:${plan.servicePort}, ${clock} time; help, exit\n`,
    );
    return talkToTerminal(session, topology, words);
  });
}

/** One fault put into the sources, and the tests that are to notice it: none of them needs a lab. */
export interface Mutant {
  /** what rule is broken */
  readonly name: string;
  readonly file: string;
  /** stands there once */
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}

const server = (name: string): string => `test/server/${name}.test.ts`;
const member = (name: string): string => `test/member/${name}.test.ts`;

export const mutants: readonly Mutant[] = [
  {
    name: 'two frame kinds are swapped: Cancel and Released',
    file: 'server/channel/frame-table.ts',
    from: "row(6, handoffCodecs, 'cancel', 'donor to acceptor'),\n  row(7, handoffCodecs, 'released', 'donor to acceptor'),",
    to: "row(7, handoffCodecs, 'cancel', 'donor to acceptor'),\n  row(6, handoffCodecs, 'released', 'donor to acceptor'),",
    tests: ['test/analysis-capture/channel-frames.test.ts'],
  },
  {
    name: 'two more: Heartbeat and Withdrawn, for who writes and reads them',
    file: 'server/channel/frame-table.ts',
    from: "row(34, groupCodecs, 'contact-heartbeat'",
    to: "row(99, groupCodecs, 'contact-heartbeat'",
    tests: [server('channel-golden')],
  },
  {
    name: 'association data may be said without the trust key',
    file: 'server/channel/frame-table.ts',
    from: "row(32, groupCodecs, 'contact-data', 'contact node to backup', {\n    secret: 'trust',",
    to: "row(32, groupCodecs, 'contact-data', 'contact node to backup', {",
    tests: ['test/docs/member-channel.test.ts'],
  },
  {
    name: 'an Init of a client without Mobile IPv6 goes out as any other',
    file: 'server/handoff/frames.ts',
    from: '  init: {\n    carries: ({ forwarded }) => forwarded !== undefined,',
    to: '  init: {\n    carries: () => false,',
    tests: [server('channel-golden')],
  },
  {
    name: 'a greeting stands in a frame about a further contact address',
    file: 'server/channel/of-contact.ts',
    from: 'if (!isHandoffFrame(row))',
    to: 'if (row.type > 255)',
    tests: [server('channel-frames')],
  },
  {
    name: 'a peer that does not answer is called at ever longer pauses',
    file: 'server/channel/calls.ts',
    from: 'Math.min(2 * (this.#pauseMs.get(peer) ?? RETRY_MS.first), RETRY_MS.longest)',
    to: '2 * (this.#pauseMs.get(peer) ?? RETRY_MS.first)',
    tests: [server('channel-roles')],
  },
  {
    name: 'who has answered a call is hung up on',
    file: 'server/channel/calls.ts',
    from: "case 'answered':\n        this.#unanswered.delete(input.call);",
    to: "case 'answered':",
    tests: [server('channel-roles')],
  },
  {
    name: 'a handshake’s end is told twice',
    file: 'server/channel/handshake.ts',
    from: 'if (this.#deadline === undefined) return;\n',
    to: '',
    tests: [server('channel-roles')],
  },
  {
    name: 'a member that is away counts anew from each word of it',
    file: 'server/membership/absent-members.ts',
    from: 'if (!this.#until.has(member)) this.#until',
    to: 'this.#until',
    tests: [member('membership')],
  },
  {
    name: 'a configured member is forgotten',
    file: 'server/membership/absent-members.ts',
    from: '} else if (!this.#plan.stays(member)) {',
    to: '} else {',
    tests: [member('membership')],
  },
  {
    name: 'who leaves hands clients off after its time',
    file: 'server/membership/way-out.ts',
    from: 'if (this.#until !== undefined && now >= this.#until) this.#late = true;',
    to: '',
    tests: [server('way-out')],
  },
  {
    name: 'a contact node that leaves waits for handshakes without end',
    file: 'server/membership/way-out.ts',
    from: 'now >= progress.handshakesUntil ||',
    to: '',
    tests: [server('way-out')],
  },
  {
    name: 'a founder that comes back does not wait for the others',
    file: 'server/contact/founding.ts',
    from: "input === 'begin' && lastEpoch === undefined;",
    to: "input === 'begin';",
    tests: [server('contact-waits'), member('founding')],
  },
  {
    name: 'the give-way rule of claims: a claim displaces a contact node that serves',
    file: 'server/contact/claims.ts',
    from: "other.stage === 'claiming' && own.stage !== 'claiming' ? 'hold' : 'yield'",
    to: "'yield'",
    tests: [server('contact-group')],
  },
  {
    name: 'the tables of a contact node have no bound',
    file: 'server/contact/contact-tables.ts',
    from: 'if (table.size >= this.#capacity) giveWay(table);',
    to: '',
    tests: [server('contact-tables')],
  },
  {
    name: 'what is known of clients has no bound',
    file: 'server/plain/client-kinds.ts',
    from: 'if (this.#known.size >= this.#plan.capacity)',
    to: 'if (false as boolean)',
    tests: [server('client-kinds')],
  },
  {
    name: 'silence speaks against a client that has answered before',
    file: 'server/plain/client-kinds.ts',
    from: "if (reason === 'no-answer' && this.kindOf(client, now) === 'mobile-ipv6') return 'mobile-ipv6';",
    to: '',
    tests: [server('client-kinds')],
  },
  {
    name: 'a donor that takes a client back is not fenced off: an earlier number is accepted',
    file: 'server/plain/forwarding-table.ts',
    from: '!isNewerSequence(sequence, entry.sequence)',
    to: 'false',
    tests: [server('forwarding')],
  },
  {
    name: 'whoever says so ends a connection',
    file: 'server/plain/forwarding-table.ts',
    from: 'if (this.memberOf(flow) !== member) return;',
    to: '',
    tests: [server('forwarding')],
  },
  {
    name: 'a question to the contact node is never given up',
    file: 'server/plain/forwarding-questions.ts',
    from: 'this.#givenUp.push(question);',
    to: '',
    tests: [member('forwarded-bindings')],
  },
  {
    name: 'a question is not asked again of the next contact node',
    file: 'nodes/member/plain/forwarded-bindings.ts',
    from: 'for (const question of this.#open.all) this.#send(question);',
    to: '',
    tests: [member('forwarded-bindings')],
  },
  {
    name: 'a survey is answered while something can still come from the member in question',
    file: 'server/contact/survey-answers.ts',
    from: 'if (!this.#standing.has(dead))',
    to: 'if (true as boolean)',
    tests: [server('client-releases'), member('bound-clients')],
  },
];

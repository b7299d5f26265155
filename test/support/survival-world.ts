import { isNewerSequence, nextSequence, previousSequence } from '../../mip6/roles/shared/sequence.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { GroupAddresses } from '../../server/admission/group-addresses.ts';
import type { BindingAnswer } from '../../server/bindings/client-bindings.ts';
import { SurvivalEndpoint } from '../../server/successor/endpoint.ts';
import type { SurvivalInput, SurvivalOutput } from '../../server/successor/endpoint-types.ts';
import type { SurvivalFrame } from '../../server/successor/frames.ts';
import type { Protection } from '../../server/successor/holder-types.ts';
import type { ReplicaState, Standing } from '../../server/successor/successor-types.ts';

export const theClient = ipv6('2001:db8:c::2');
export const contact = ipv6('2001:db8:1::100');
const servicePort = 8080;
const start = 0xffff_ff00;
/** one-way, ms */
export const memberMs = 20;
export const clientMs = 40;
export const silentMs = 500;
const beatMs = 100;

export function replicaState(port: number): ReplicaState {
  return {
    local: { address: contact, port: servicePort },
    remote: { address: theClient, port },
    sendUnacknowledged: start,
    receiveNext: 1000,
    maximumSegmentSize: 1436,
    windowScale: { send: 7, receive: 7 },
  };
}

/** A client's answer that has `sent` octets behind the state. */
export function aStanding(state: ReplicaState, sent: number): Standing {
  return {
    over: false,
    acknowledgement: (state.sendUnacknowledged + sent) >>> 0,
    sequence: state.receiveNext,
    window: 500,
    timestampEcho: 77,
    beyond: 0,
  };
}

type Output = SurvivalOutput<ReplicaState>;

/** One member with its mobile-node part in small. */
class Member {
  readonly name: string;
  readonly address: Ipv6Address;
  readonly endpoint: SurvivalEndpoint<ReplicaState>;
  alive = true;
  stopped = false;
  /** nothing comes or goes */
  cut = false;
  /** of the last Binding Update */
  last: number | undefined;
  /** the client has acknowledged one */
  acknowledged = false;
  /** so many of the client's next answers to its Binding Updates are lost, and the updates sent once more */
  answersLost = 0;
  /** nothing of its own binds the client, nor does it renew: it waits for the client's word */
  suspended = false;
  /** the client has refused its update, which it has given up: no packet of its own has it bind the client again */
  refused = false;
  /** an update without an answer is not repeated, nor its answer awaited */
  heldBack = false;
  /** it has asked the client under this number, and has no answer yet: it uses none beyond */
  asks: number | undefined;
  /** serves the client's connections */
  serves = false;
  protection: Protection | undefined;
  /** looks at segments of connections that it has not */
  watches = false;
  readonly done: string[] = [];
  /** what has come while it was stopped */
  readonly inbox: (() => void)[] = [];

  constructor(name: string, address: string, group: GroupAddresses) {
    this.name = name;
    this.address = ipv6(address);
    this.endpoint = new SurvivalEndpoint<ReplicaState>({
      group,
      contactAddress: contact,
      servicePort,
      beatMs,
      silentMs: () => silentMs,
      lastSequence: () => this.last ?? 0,
      isBound: () => this.acknowledged,
      decode: ([port = 0]) => replicaState(40_000 + port),
    });
  }
}

/** Members, a client that keeps one binding and takes octets from nobody else, and a network whose parts can be cut off. */
export class SurvivalWorld {
  now = 0;
  readonly members: ReadonlyMap<string, Member>;
  /** the client's binding, */
  bound: Member | undefined;
  accepted = 100;
  /** and who has had it, in order */
  readonly history: string[] = [];
  /** what became of segments that a kernel held, in order */
  readonly verdicts: { readonly member: string; readonly id: number; readonly passes: boolean }[] = [];
  /** octets that the client has behind the checkpoint */
  has = 0;
  readonly #events: { readonly at: number; readonly order: number; readonly act: () => void }[] = [];
  #order = 0;
  /** connections of which the client answers no probe */
  readonly silent = new Set<number>();
  /** connections that have ended: what the client answers to a probe */
  readonly #ended = new Set<number>();
  /** two members that do not hear each other */
  #apart: readonly string[] = [];
  /** what a member sends comes by way of the home agent until the client is bound, and is taken */
  #unbound = false;
  readonly #names: readonly string[];
  readonly ports: readonly number[];

  constructor(ports: readonly number[] = [40_001], names: readonly string[] = ['one', 'two', 'three']) {
    const group = new GroupAddresses([[contact, 'contact address']]);
    this.#names = names;
    this.ports = ports;
    this.members = new Map(
      names.map((name, index) => [name, new Member(name, `2001:db8:${index + 1}::2`, group)]),
    );
  }

  member(name: string): Member {
    return this.members.get(name)!;
  }

  /** One member hands the client off to another, if it thinks that it may: frozen here, bound there under the next number. */
  handOff(name: string, acceptor: string): void {
    const member = this.member(name);
    this.tell(name, { kind: 'may-leave', client: theClient });
    if (member.endpoint.whyStays(theClient) !== undefined) return;
    this.tell(name, { kind: 'leaving', client: theClient });
    member.serves = false;
    this.#update(this.member(acceptor), () => nextSequence(member.last ?? 0), 'fixed');
  }

  /** The client says something of a connection that its member has no socket of: to whoever it is bound to. */
  say(port: number): void {
    const member = this.bound;
    if (member?.watches !== true) return;
    const acknowledgement = start + 5;
    this.tell(member.name, { kind: 'heard', client: theClient, port, acknowledgement });
  }

  /** The client is bound to this member, which protects its connections. */
  begin(name: string): void {
    const member = this.member(name);
    [member.last, member.acknowledged, this.bound] = [this.accepted, true, member];
    this.history.push(name);
    this.#serve(member);
  }

  /** The client has just come, and knows numbers up to `accepted` of an older binding; this member draws `first` for its own. */
  beginAnew(name: string, { accepted, first }: { readonly accepted: number; readonly first: number }): void {
    const member = this.member(name);
    [member.last, this.accepted, this.#unbound] = [previousSequence(first), accepted, true];
    this.#serve(member);
    // A question that is asked meanwhile takes the place of the first update.
    this.#later(2 * clientMs, () => {
      const asked = member.done.some((what) => what.startsWith('contest'));
      if (!asked) this.#update(member, () => nextSequence(member.last!), 'own');
    });
  }

  #serve(member: Member): void {
    member.serves = true;
    for (const port of this.ports) this.checkpoint(member.name, port);
    this.#later(50, () => this.#send());
  }

  checkpoint(name: string, port: number): void {
    const tcpState = Uint8Array.of(port - 40_000);
    const checkpoint = { port, tcpState, applicationState: Uint8Array.of(1) };
    this.tell(name, { kind: 'checkpoint', client: theClient, checkpoint });
  }

  tell(name: string, input: SurvivalInput): void {
    const member = this.member(name);
    if (!member.alive) return;
    if (member.stopped) member.inbox.push(() => this.tell(name, input));
    else {
      member.endpoint.handle(input, this.now);
      this.#drain(member);
    }
  }

  kill(name: string): void {
    const member = this.member(name);
    [member.alive, member.serves] = [false, false];
    for (const other of this.#names)
      if (other !== name)
        this.#later(3 * memberMs, () =>
          this.tell(other, { kind: 'peer', peer: member.address, change: 'gone' }),
        );
  }

  /** The channels of a member that is cut off end at both sides, after some time. */
  cut(name: string, channelMs = 400): void {
    const member = this.member(name);
    member.cut = true;
    this.#later(channelMs, () => this.#channels(member, 'lost'));
  }

  heal(name: string): void {
    const member = this.member(name);
    member.cut = false;
    this.#channels(member, 'restored');
  }

  /** Two members do not hear each other any more; both hear the client. */
  part(one: string, other: string): void {
    this.#apart = [one, other];
    this.#later(400, () => this.#channel(this.member(one), this.member(other), 'lost'));
  }

  join(): void {
    const [one = '', other = ''] = this.#apart;
    this.#apart = [];
    this.#channel(this.member(one), this.member(other), 'restored');
  }

  /** A connection comes to its end at this member, and at the client. */
  end(name: string, port: number): void {
    this.#ended.add(port);
    this.tell(name, { kind: 'ended', client: theClient, port });
  }

  /** The client opens a connection at a member that has nothing of it: its number is refused once, and the next is taken. */
  comeAnew(name: string): void {
    const member = this.member(name);
    this.#update(member, () => this.accepted, 'own');
  }

  stop(name: string): void {
    this.member(name).stopped = true;
  }

  goOn(name: string): void {
    const member = this.member(name);
    member.stopped = false;
    for (const act of member.inbox.splice(0)) act();
  }

  run(ms: number): void {
    const until = this.now + ms;
    for (let steps = 0; steps < 200_000; steps++) {
      const event = this.#next();
      const due = this.#due();
      const at = Math.min(event?.at ?? Number.POSITIVE_INFINITY, due?.at ?? Number.POSITIVE_INFINITY);
      if (at > until) break;
      this.now = Math.max(this.now, at);
      if (event !== undefined && event.at <= at) {
        this.#events.splice(this.#events.indexOf(event as never), 1);
        event.act();
      } else if (due !== undefined) {
        due.member.endpoint.handleTimeout(this.now);
        this.#drain(due.member);
      }
    }
    this.now = until;
  }

  /** Members that believe they serve the client. */
  get serving(): readonly string[] {
    return [...this.members.values()].filter(({ serves }) => serves).map(({ name }) => name);
  }

  #next(): { readonly at: number; readonly act: () => void } | undefined {
    let first = this.#events[0];
    for (const event of this.#events)
      if (first === undefined || event.at < first.at || (event.at === first.at && event.order < first.order))
        first = event;
    return first;
  }

  #due(): { readonly at: number; readonly member: Member } | undefined {
    const due = [...this.members.values()].flatMap((member) => {
      const at = member.alive && !member.stopped ? member.endpoint.deadline() : undefined;
      return at === undefined ? [] : [{ at, member }];
    });
    return due.toSorted((a, b) => a.at - b.at)[0];
  }

  #channels(member: Member, change: 'lost' | 'restored'): void {
    for (const other of this.members.values()) if (other !== member) this.#channel(member, other, change);
  }

  #channel(member: Member, other: Member, change: 'lost' | 'restored'): void {
    this.tell(other.name, { kind: 'peer', peer: member.address, change });
    this.tell(member.name, { kind: 'peer', peer: other.address, change });
  }

  #later(ms: number, act: () => void): void {
    this.#events.push({ at: this.now + ms, order: this.#order++, act });
  }

  /** The client takes an octet from whom it is bound to; to anybody else it says that there is no such binding. */
  #send(): void {
    for (const member of this.members.values()) {
      if (!member.serves || !member.alive || member.stopped || member.cut) continue;
      if (this.bound === member || this.#unbound) this.has++;
      else if (!member.suspended && !member.refused)
        this.#update(member, () => nextSequence(member.last ?? 0), 'yielding');
    }
    this.#later(50, () => this.#send());
  }

  /** A Binding Update, and the client's answer. */
  #update(member: Member, number: () => number, numbering: 'own' | 'yielding' | 'fixed'): void {
    const asks = numbering === 'yielding' ? member.asks : undefined;
    const sequence = asks ?? number();
    if (member.last === undefined || isNewerSequence(sequence, member.last)) member.last = sequence;
    const heldBack = (): boolean => numbering === 'fixed' && member.heldBack;
    const lost = (): void =>
      this.#later(3000, () => {
        if (!heldBack()) this.#answer(member, { kind: 'unanswered', reason: 'no answer' });
      });
    this.#later(clientMs, () => {
      if (member.cut) {
        lost();
        return;
      }
      const isNew = isNewerSequence(sequence, this.accepted);
      if (isNew) {
        this.accepted = sequence;
        if (this.bound !== member) this.history.push(member.name);
        this.bound = member;
        this.#unbound = false;
      }
      const accepted = this.accepted;
      if (member.answersLost > 0) {
        member.answersLost--;
        const again = asks === undefined ? numbering : 'fixed';
        this.#later(1000 - clientMs, () => {
          if (!heldBack()) this.#update(member, () => sequence, again);
        });
        return;
      }
      this.#later(clientMs, () => {
        if (member.cut) {
          lost();
          return;
        }
        if (heldBack() || (member.suspended && numbering !== 'fixed')) return;
        // A request that has been put in the place of this one meanwhile takes its answer.
        const replaced = asks === undefined && member.asks !== undefined;
        member.asks = undefined;
        const beyond = isNewerSequence(accepted, member.last ?? 0);
        if (isNew) {
          member.acknowledged = true;
          this.#answer(member, { kind: 'bound', sequence });
        } else if (
          numbering === 'own' ||
          (numbering === 'yielding' && asks === undefined && !replaced && !beyond)
        )
          this.#update(member, () => nextSequence(accepted), numbering);
        else this.#answer(member, { kind: 'superseded', reason: 'status 135', accepted });
      });
    });
  }

  #answer(member: Member, answer: BindingAnswer): void {
    if (answer.kind === 'superseded') member.refused = true;
    if (answer.kind === 'bound') member.refused = false;
    this.tell(member.name, { kind: 'answer', answer: { ...answer, client: theClient } });
  }

  #drain(member: Member): void {
    for (let output = member.endpoint.poll(); output !== undefined; output = member.endpoint.poll())
      this.#act(member, output);
  }

  #act(member: Member, output: Output): void {
    switch (output.kind) {
      case 'send':
        this.#transmit(member, output.to, output.frame);
        return;
      case 'choose': {
        const others = [...this.members.values()].filter(
          (other) => other !== member && other.alive && !other.cut && !member.cut,
        );
        const backup = others.find(({ address }) => !output.except.includes(address))?.address;
        this.tell(member.name, { kind: 'chosen', client: theClient, backup });
        return;
      }
      case 'contest':
        member.done.push(`contest ${output.sequence}`);
        member.asks = output.sequence;
        this.#update(member, () => output.sequence, 'fixed');
        return;
      case 'regain':
        member.done.push(`regain ${output.sequence}`);
        if (member.serves) this.#update(member, () => output.sequence, 'fixed');
        return;
      case 'reclaim':
        member.done.push('reclaim');
        member.suspended = false;
        this.#update(member, () => output.sequence, 'yielding');
        return;
      case 'disputed':
      case 'decided':
        member.done.push(output.kind);
        member.suspended = output.kind === 'disputed';
        return;
      case 'probe':
        this.#later(clientMs, () => {
          if (member.cut || this.bound !== member) return;
          this.#later(clientMs, () => this.tell(member.name, { kind: 'answers-probe', client: theClient }));
        });
        return;
      case 'burn':
        member.last = output.sequence;
        return;
      case 'stop':
        [member.serves, member.last, member.acknowledged] = [false, undefined, false];
        member.done.push('stop');
        return;
      case 'protection':
        member.protection = output.protection;
        return;
      case 'of-replica':
        this.#ofReplica(member, output.output);
        return;
      case 'watch':
      case 'unwatch':
        member.watches = output.kind === 'watch';
        return;
      case 'turn-away':
        member.done.push(`turn-away ${output.port}`);
        return;
      case 'defend':
      case 'discarded':
      case 'kept':
      case 'dropped':
        return;
      case 'verdict':
        this.verdicts.push({ member: member.name, id: output.id, passes: output.passes });
        return;
      default:
        output satisfies never;
    }
  }

  #ofReplica(member: Member, output: Extract<Output, { kind: 'of-replica' }>['output']): void {
    switch (output.kind) {
      case 'test':
        this.#later(2 * (memberMs + clientMs), () =>
          this.#answer(member, member.cut ? { kind: 'unanswered', reason: 'no test' } : { kind: 'routable' }),
        );
        return;
      case 'bind':
        member.heldBack = false;
        member.done.push(`bind ${output.sequence}`);
        this.#update(member, () => output.sequence, 'fixed');
        return;
      case 'hold-back':
        member.heldBack = true;
        member.done.push('hold-back');
        return;
      case 'renew':
        member.heldBack = false;
        this.#update(member, () => nextSequence(member.last ?? 0), 'yielding');
        return;
      case 'probe':
        this.#later(clientMs, () => {
          if (member.cut || this.bound !== member || this.silent.has(output.port)) return;
          const over = this.#ended.has(output.port);
          const standing = { ...aStanding(replicaState(output.port), this.has), over };
          this.#later(clientMs, () =>
            this.tell(member.name, {
              kind: 'of-replica',
              client: theClient,
              input: { kind: 'standing', port: output.port, standing, ahead: false },
            }),
          );
        });
        return;
      case 'serve':
        member.serves = true;
        member.done.push(`serve ${output.port} from ${output.position.sent}`);
        this.checkpoint(member.name, output.port);
        return;
      case 'stop':
        [member.serves, member.heldBack] = [false, false];
        member.done.push('stop');
        return;
      case 'break-off':
      case 'let-go':
        member.done.push(output.kind);
        this.#later(clientMs, () => {
          this.accepted = nextSequence(this.accepted);
          this.bound = undefined;
        });
        return;
      case 'check-input':
      case 'over':
        member.done.push(output.kind);
        return;
      default:
        output satisfies never;
    }
  }

  #transmit(from: Member, to: Ipv6Address, frame: SurvivalFrame): void {
    const other = [...this.members.values()].find(({ address }) => address === to)!;
    this.#later(memberMs, () => {
      const isApart = this.#apart.includes(from.name) && this.#apart.includes(other.name);
      if (from.cut || other.cut || isApart || !other.alive) return;
      this.tell(other.name, { kind: 'frame', from: from.address, frame });
    });
  }
}

/** A second after the client has come to member `one`: it is protected. */
export function servedByOne(): SurvivalWorld {
  const world = new SurvivalWorld();
  world.begin('one');
  world.run(1000);
  return world;
}

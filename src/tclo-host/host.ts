import { VmtbenchError } from '../errors.ts';
import { Backup } from './backup.ts';
import { MessageCalls, scramble } from './calls.ts';
import type { Channel } from './channel.ts';
import { Channels, type MessageSink } from './channels.ts';
import { COMMANDS_BY_NUMBER, type CommandContext } from './commands.ts';
import { BDOOR_CMD_MESSAGE, MESSAGE_STATUS_HB, MESSAGE_STATUS_SUCCESS } from './constants.ts';
import { type CallForm, describeCall, type HostCall } from './describe.ts';
import { checkHostEvent, type HostEvent } from './events.ts';
import { activate, type HostFault } from './faults.ts';
import type { HostHappening, Surroundings } from './happening.ts';
import { DEFAULT_IDENTITY, type HostIdentity } from './identity.ts';
import { type HostOptions, resolveHostOptions } from './options.ts';
import { PowerSequence } from './power.ts';
import { Random } from './random.ts';
import type { RegisterFrame } from './registers.ts';
import { type HostReport, record } from './report.ts';
import { parseRequest, RpciService } from './rpci.ts';
import type { HostState } from './state.ts';
import { TcloSession } from './tclo.ts';

/** How a host is built. */
export interface HostConfig {
  readonly options?: Partial<HostOptions>;
  readonly identity?: Partial<HostIdentity>;
  /** Virtual time in nanoseconds; without, time stands still at 0. */
  readonly now?: () => number;
  /** Of the cookies and of faults; the same seed gives the same host. */
  readonly seed?: number;
}

/**
 * VMware's side of the backdoor: a call's registers in, the changed registers out. Nothing here knows a CPU, does
 * I/O, reads a clock or throws at what a guest does.
 */
export class VmwareHost {
  readonly options: HostOptions;
  readonly identity: HostIdentity;
  /** RPCI's handlers, the guest-info store and what SetGuestInfo told. */
  readonly rpci: RpciService;
  /** Told of everything that happens; null when nobody listens. */
  onHappening: ((happening: HostHappening) => void) | null = null;
  readonly #now: () => number;
  /** The moment being dealt with while what was due is done late; -1 outside. */
  #moment = -1;
  readonly #cookies: Random;
  readonly #noise: Random;
  readonly #channels: Channels;
  readonly #session: TcloSession;
  readonly #power: PowerSequence;
  readonly #backup: Backup;
  readonly #calls: MessageCalls;
  readonly #commands: CommandContext;
  readonly #surroundings: Surroundings;
  #rpciOpens = 0;
  #rpciCommands: string[] = [];

  constructor(config: HostConfig = {}) {
    this.options = resolveHostOptions(config.options);
    if (this.options.personality !== 'vmware') {
      const message = `the host personality ${this.options.personality} is not available yet`;
      throw new VmtbenchError('host.personality', message, 'use personality vmware');
    }
    this.identity = { ...DEFAULT_IDENTITY, ...config.identity };
    this.rpci = new RpciService(this.identity);
    this.#now = config.now ?? (() => 0);
    const seed = config.seed ?? 0;
    this.#cookies = new Random(seed);
    this.#noise = new Random(~seed);
    this.#surroundings = surroundingsOf(this, () => this.#time());
    this.#channels = new Channels(this.options.maxChannels, this.#cookies, this.#surroundings);
    this.#session = new TcloSession(this.options, this.#channels, this.#surroundings);
    this.#power = new PowerSequence(this.options, this.#channels, this.#session, this.#surroundings);
    this.#backup = new Backup(this.#session);
    this.#session.onAnswer = (request, verdict) => this.#backup.answered(request, verdict);
    const sink = this.#sink();
    this.#channels.serve(sink);
    this.#calls = new MessageCalls(
      {
        channels: this.#channels,
        sink,
        surroundings: this.#surroundings,
        filler: this.#noise,
        sizeStatus: MESSAGE_STATUS_SUCCESS | (this.options.highBandwidth ? MESSAGE_STATUS_HB : 0),
        highBandwidth: this.options.highBandwidth,
        refusesClosingBroken: this.options.closeBroken === 'refuse',
      },
      this.#noise,
    );
    this.#commands = {
      identity: this.identity,
      time: () => this.#time(),
      message: (registers, fault) => this.#calls.low(registers, fault),
    };
  }

  /**
   * One access to port 0x5658 whose EAX is the magic (the caller has looked). CX is the command. Writes the registers
   * that the command returns and no other; an unknown command answers EAX = 0xFFFFFFFF.
   */
  call(registers: RegisterFrame, fault: HostFault | null = null): void {
    this.#keepTime();
    const row = COMMANDS_BY_NUMBER[registers.ecx & 0xffff];
    if (fault !== null && row?.number !== BDOOR_CMD_MESSAGE && this.#refused(registers, fault)) return;
    if (row === undefined) registers.eax = 0xffffffff;
    else row.answer(registers, this.#commands, fault);
    if (fault?.kind === 'garbageRegisters' && row?.number !== BDOOR_CMD_MESSAGE) {
      scramble(registers, row?.outputs ?? ['eax'], this.#noise);
    }
  }

  /** `rep outsb` to port 0x5659: `data` left the guest. Sets EBX only. A later part of a transfer is a call more. */
  sendHighBandwidth(registers: RegisterFrame, data: Uint8Array, fault: HostFault | null = null): void {
    this.#keepTime();
    this.#calls.send(registers, data, fault);
  }

  /**
   * `rep insb` of `count` bytes from port 0x5659. Sets EBX only. The bytes for the guest, at most `count`, only to be
   * read; null: refused, and nothing moves.
   */
  receiveHighBandwidth(registers: RegisterFrame, count: number, fault: HostFault | null = null): Uint8Array | null {
    this.#keepTime();
    return this.#calls.receive(registers, count, fault);
  }

  /** What a call would be, before it is made; null when it is no message call. `data`: bytes of a `rep outsb`. */
  describe(registers: RegisterFrame, form: CallForm, data: Uint8Array | null = null): HostCall | null {
    return describeCall(this.#channels, registers, form, data);
  }

  /** Lets a host event happen now. */
  event(event: HostEvent): void {
    const row = checkHostEvent(event);
    this.#keepTime();
    const text = event.text === undefined || event.text === '' ? event.name : `${event.name} ${event.text}`;
    this.#surroundings.tell('event', text);
    const done = row.run(
      {
        session: this.#session,
        channels: this.#channels,
        power: this.#power,
        backup: this.#backup,
        surroundings: this.#surroundings,
      },
      event.text ?? '',
    );
    if (!done) this.#surroundings.tell('event', `${text}: nothing to do it to, or one under way`);
  }

  /**
   * Puts a message up on an open channel, past the session, in the place of one that is up: for tests and benchmarks.
   * The host keeps the array. False when there is no such channel.
   */
  post(channel: number, bytes: Uint8Array): boolean {
    const slot = this.#channels.slots[channel] ?? null;
    if (slot === null || slot.broken) return false;
    slot.post(bytes);
    return true;
  }

  /** Virtual time, in nanoseconds, of the next thing that the host does by itself; null when there is none. */
  nextDeadline(): number | null {
    const due = Math.min(this.#session.due, this.#power.due);
    return due === Number.POSITIVE_INFINITY ? null : due;
  }

  /** Does everything that is due, each thing as at its own time. Every call does so first. */
  advance(): void {
    const now = this.#now();
    for (let due = this.nextDeadline(); due !== null && due <= now; due = this.nextDeadline()) {
      this.#moment = due;
      this.#session.run(due);
      this.#power.run(due);
    }
    this.#moment = -1;
  }

  get report(): HostReport {
    return {
      tcloOpens: this.#session.state.opens,
      rpciOpens: this.#rpciOpens,
      channelsOpen: this.#channels.open,
      rpciCommands: this.#rpciCommands,
      tcloReplies: this.#session.state.replies,
    };
  }

  /** The whole state as plain data. Handlers, options, identity and the clock are not part of it. */
  snapshot(): HostState {
    return {
      cookies: this.#cookies.state,
      noise: this.#noise.state,
      channels: this.#channels.snapshot(),
      session: this.#session.snapshot(),
      power: { ...this.#power.state },
      backup: this.#backup.active,
      rpci: this.rpci.snapshot(),
      rpciOpens: this.#rpciOpens,
      rpciCommands: this.#rpciCommands.slice(),
    };
  }

  /** Takes over a state that `snapshot()` of a host with the same options gave. */
  restore(state: unknown): void {
    const whole = state as HostState;
    this.#cookies.state = whole.cookies;
    this.#noise.state = whole.noise;
    this.#channels.restore(whole.channels);
    this.#session.restore(whole.session);
    this.#power.state = { ...whole.power };
    this.#backup.active = whole.backup;
    this.rpci.restore(whole.rpci);
    this.#rpciOpens = whole.rpciOpens;
    this.#rpciCommands = [...whole.rpciCommands];
  }

  #time(): number {
    return this.#moment < 0 ? this.#now() : this.#moment;
  }

  #keepTime(): void {
    const now = this.#now();
    if (now >= this.#session.due || now >= this.#power.due) this.advance();
  }

  /** Whether a fault answers a command that is no message call in the command's place. */
  #refused(registers: RegisterFrame, fault: HostFault): boolean {
    const { row } = activate(fault, this.#noise, this.#time());
    if (row.anyCommand !== true || row.status === undefined) return false;
    registers.eax = 0;
    registers.ecx = row.status * 0x10000;
    return true;
  }

  #sink(): MessageSink {
    const session = this.#session;
    return {
      mayOpen: (protocol) =>
        protocol === 'tclo' || this.options.rpciUntilReset === 'accept' || session.state.resetAnswered,
      opened: (channel) => {
        if (channel.protocol === 'tclo') session.opened(channel);
        else this.#rpciOpens += 1;
      },
      announced: (channel, size) => session.announced(channel, size),
      received: (channel, bytes) => {
        if (channel.protocol === 'tclo') session.received(channel, bytes);
        else this.#request(channel, bytes);
      },
      fetched: (channel, accepted) => session.fetched(channel, accepted),
      lost: (channel) => session.lost(channel),
    };
  }

  /** A whole RPCI request. Its answer is up before the call returns: guests poll for it exactly once. */
  #request(channel: Channel, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const request = parseRequest(bytes);
    channel.command = request.line;
    record(this.#rpciCommands, request.line);
    this.#surroundings.tell('rpci', request.line, channel.id);
    const answer = this.rpci.answer(request);
    if (answer.length > 0) channel.post(this.options.messageNul ? withNul(answer) : answer);
    const { name, argument } = request;
    if (name === 'tools.os.statechange.status') this.#power.reported(argument);
    else if (name === 'vmbackup.eventSet') this.#backup.reported(argument);
    else if (name === 'log') this.#surroundings.tell('log', `Guest: ${argument}`, channel.id);
  }
}

const withNul = (bytes: Uint8Array): Uint8Array => {
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  return longer;
};

const surroundingsOf = (host: VmwareHost, time: () => number): Surroundings => ({
  time,
  tell(kind, text, channel) {
    if (host.onHappening === null) return;
    host.onHappening(channel === undefined ? { at: time(), kind, text } : { at: time(), kind, text, channel });
  },
});

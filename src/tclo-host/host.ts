import { BDOOR_CMD_MESSAGE, MESSAGE_STATUS_HB, MESSAGE_STATUS_SUCCESS, type RegisterFrame } from '../protocol/index.ts';
import { MessageCalls } from './channel/calls.ts';
import { Channels } from './channel/channels.ts';
import { type CallForm, describeCall, type HostCall } from './channel/describe.ts';
import { messageSink } from './channel/sink.ts';
import { disturb } from './commands/disturbed.ts';
import type { CommandContext, CommandRow } from './commands/index.ts';
import { UNKNOWN } from './commands/row.ts';
import { Conformity } from './conformity/index.ts';
import { VmMouse } from './devices/vmmouse.ts';
import { Window } from './devices/window.ts';
import { checkHostAction, type HostAction } from './events.ts';
import { activate, type HostFault } from './faults.ts';
import { decodeGuestInfo, type GuestInfo } from './guest-info/guest-info.ts';
import type { HostEvent, HostEventKind, HostServices } from './host-event.ts';
import { commandTable, HOST_KINDS, type HostKindRow } from './host-kind.ts';
import { DEFAULT_IDENTITY, type HostIdentity } from './identity.ts';
import { HostLog, hostChannel } from './log.ts';
import { type HostOptions, resolveHostOptions } from './options.ts';
import { cookieStreams, Random, randomAt } from './random.ts';
import type { HostReport } from './report.ts';
import { RpciService } from './rpci/service.ts';
import { RpciSession } from './rpci/session.ts';
import { futureOf, type HostFuture, type HostParts, type HostState, load, save } from './state.ts';
import { Backup } from './tclo/backup.ts';
import { PowerSequence } from './tclo/power.ts';
import { TcloSession } from './tclo/session.ts';
import { WatchedOptions } from './watched-options.ts';

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
  /** The same: which of them were read, and how to exchange them. */
  readonly watched: WatchedOptions;
  /** The guest was told what time it is: set whenever it is, for the owner to clear. */
  timeRead = false;
  readonly identity: HostIdentity;
  /** RPCI's handlers, the guest-info store and what SetGuestInfo told. */
  readonly rpci: RpciService;
  /** The mouse whose events the guest reads. */
  readonly mouse: VmMouse = new VmMouse();
  /** The window around the guest: pointer, selections, devices. */
  readonly window: Window;
  /** What guests have wrong in the calls that they make. */
  readonly conformity: Conformity;
  /** Told of everything that happens; null when nobody listens. */
  onEvent: ((hostEvent: HostEvent) => void) | null = null;
  readonly #now: () => number;
  /** The moment being dealt with while what was due is done late; -1 outside. */
  #idleState = -1;
  readonly #cookies: ReturnType<typeof cookieStreams>;
  readonly #noise: Random;
  readonly #channels: Channels;
  readonly #session: TcloSession;
  readonly #rpciSession: RpciSession;
  readonly #power: PowerSequence;
  readonly #backup: Backup;
  readonly #calls: MessageCalls;
  readonly #personality: HostKindRow;
  readonly #commands: readonly (CommandRow | undefined)[];
  readonly #commandMask: number;
  readonly #context: CommandContext;
  readonly #log: HostLog;
  readonly #hostServices: HostServices;
  readonly #parts: HostParts;

  constructor(config: HostConfig = {}) {
    this.watched = new WatchedOptions(resolveHostOptions(config.options));
    this.options = this.watched.view;
    this.identity = { ...DEFAULT_IDENTITY, ...config.identity };
    this.rpci = new RpciService(this.identity, () => this.#tellTime());
    this.window = new Window(this.identity.devices);
    this.#log = new HostLog(this.identity.epochSeconds);
    this.#now = config.now ?? (() => 0);
    const seed = config.seed ?? 0;
    this.#cookies = cookieStreams(seed);
    this.#noise = new Random(~seed);
    this.#hostServices = { time: () => this.#time(), notify: (...what) => this.#notify(...what) };
    this.#channels = new Channels(this.options, this.#cookies, this.#hostServices);
    this.conformity = new Conformity(this.#channels.slots);
    this.#session = new TcloSession(this.options, this.identity.toolsOptions, this.#channels, this.#hostServices);
    this.#power = new PowerSequence(this.#channels, this.#session, this.#hostServices);
    this.#backup = new Backup(this.#session, this.#hostServices);
    const followers = new Map([
      ['tools.os.statechange.status', (argument: string) => this.#power.reported(argument)],
      ['vmbackup.eventSet', (argument: string) => this.#backup.reported(argument)],
    ]);
    this.#rpciSession = new RpciSession(this.rpci, followers, this.options.messageNul, this.#hostServices);
    this.#session.onAnswer = (request, verdict) => this.#backup.answered(request, verdict);
    const sink = messageSink(this.options, this.#channels, this.#session, this.#rpciSession, this.#hostServices);
    this.#channels.serve(sink);
    this.#calls = new MessageCalls(
      {
        channels: this.#channels,
        sink,
        hostServices: this.#hostServices,
        filler: (at) => randomAt(~seed, at),
        sizeStatus: MESSAGE_STATUS_SUCCESS | (this.options.highBandwidth ? MESSAGE_STATUS_HB : 0),
        highBandwidth: this.options.highBandwidth,
        options: this.options,
      },
      this.#noise,
    );
    this.#personality = HOST_KINDS[this.options.personality];
    this.#commands = commandTable(this.#personality, this.options.ring);
    this.#commandMask = this.#personality.commandMask;
    this.#context = {
      identity: this.identity,
      window: this.window,
      mouse: this.mouse,
      ring: this.options.ring,
      time: () => this.#tellTime(),
      log: (text) => this.#notify('log', text),
      message: (registers, fault) => this.#calls.low(registers, fault),
    };
    this.#parts = {
      cookies: this.#cookies,
      noise: this.#noise,
      channels: this.#channels,
      session: this.#session,
      power: this.#power,
      backup: this.#backup,
      rpci: this.rpci,
      rpciSession: this.#rpciSession,
      window: this.window,
      mouse: this.mouse,
      log: this.#log,
    };
    // What the processor says of the hypercall was set when that was made.
    this.watched.fix(['hypercall']);
  }

  /** Whether the host has that port; without, an access reads all ones. */
  owns(port: number): boolean {
    return this.#personality.ports.includes(port);
  }

  /**
   * One access to port 0x5658 whose EAX is the magic (the caller has looked). CX is the command. Writes the registers
   * that the command returns and no other; an unknown command answers EAX = 0xFFFFFFFF.
   */
  call(registers: RegisterFrame, fault: HostFault | null = null): void {
    this.#keepTime();
    const row = this.#commands[registers.ecx & this.#commandMask];
    // The usual call comes first: it is what the engine that runs this code makes fast.
    if (fault === null && row !== undefined) row.answer(registers, this.#context, null);
    else if (fault === null) registers.eax = UNKNOWN;
    else if (row?.number === BDOOR_CMD_MESSAGE) row.answer(registers, this.#context, fault);
    else disturb(row, registers, this.#context, activate(fault, this.#noise, this.#time()));
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
  event(event: HostAction): void {
    const row = checkHostAction(event);
    this.#keepTime();
    const text = event.text === undefined || event.text === '' ? event.name : `${event.name} ${event.text}`;
    this.#hostServices.notify('event', text);
    const done = row.run(
      {
        session: this.#session,
        channels: this.#channels,
        power: this.#power,
        backup: this.#backup,
        hostServices: this.#hostServices,
      },
      event.text ?? '',
    );
    if (!done) this.#hostServices.notify('log', `${text}: nothing to do it to, or one under way`);
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
    const due = Math.min(this.#session.due, this.#power.due, this.#backup.due);
    return due === Number.POSITIVE_INFINITY ? null : due;
  }

  /** Does everything that is due, each thing as at its own time. Every call does so first. */
  advance(): void {
    const now = this.#now();
    for (let due = this.nextDeadline(); due !== null && due <= now; due = this.nextDeadline()) {
      this.#idleState = due;
      this.#session.run(due);
      this.#power.run(due);
      this.#backup.run(due);
    }
    this.#idleState = -1;
  }

  /** What vmware.log would say: a time stamp and a line for everything that VMware is known to log, and more. */
  get log(): string[] {
    return this.#log.lines;
  }

  /** What the guest told of itself by SetGuestInfo, decoded. */
  get guestInfo(): GuestInfo {
    return decodeGuestInfo(this.rpci.guestInfo);
  }

  get report(): HostReport {
    return {
      tcloOpens: this.#session.state.opens,
      rpciOpens: this.#rpciSession.opens,
      channelsOpen: this.#channels.open,
      rpciCommands: this.#rpciSession.commands,
      tcloReplies: this.#session.state.replies,
    };
  }

  /** The whole state as plain data. Handlers, options, identity and the clock are not part of it. */
  snapshot(): HostState {
    return save(this.#parts);
  }

  /** Takes over a state that `snapshot()` of a host with the same options gave. */
  restore(state: unknown): void {
    load(this.#parts, state as HostState);
  }

  /** What of its state decides all that it does from now on: plain data, to be looked at before it goes on. */
  future(): HostFuture {
    return futureOf(this.#parts, this.#time());
  }

  #time(): number {
    return this.#idleState < 0 ? this.#now() : this.#idleState;
  }

  /** The time, for the guest to know. */
  #tellTime(): number {
    this.timeRead = true;
    return this.#time();
  }

  #keepTime(): void {
    const now = this.#now();
    if (now >= this.#session.due || now >= this.#power.due || now >= this.#backup.due) this.advance();
  }

  #notify(kind: HostEventKind, text: string, channel?: number, request?: string): void {
    if (kind !== 'log' && this.onEvent === null && !hostChannel.hasSubscribers) return;
    const at = this.#time();
    const where = channel === undefined ? { at, kind, text } : { at, kind, text, channel };
    const hostEvent: HostEvent = request === undefined ? where : { ...where, request };
    if (kind === 'log') this.#log.add(hostEvent);
    this.onEvent?.(hostEvent);
    if (hostChannel.hasSubscribers) hostChannel.publish(hostEvent);
  }
}

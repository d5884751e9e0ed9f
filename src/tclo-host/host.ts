/*
 * VMware's host, without a processor. A guest loads EAX with the magic and reads port 0x5658; a
 * device hands the registers to `answer`, which writes those that the call returns. CX names the command. Most commands
 * are one row of the table in `commands/`; command 0x1e carries messages. A guest opens a channel (OPEN), announces a
 * length (SENDSIZE), sends the bytes, asks for the length of the reply (RECVSIZE), fetches it, acknowledges it
 * (RECVSTATUS) and closes the channel (CLOSE): `channel/` keeps the buffers and refuses a step out of order. Bytes
 * travel four at a time in EBX, or all at once by string I/O on port 0x5659. A channel speaks one of two protocols. On
 * RPCI the guest asks, and `rpci/` answers at once ("info-get guestinfo.ip"). On TCLO the host asks: `tclo/` posts one
 * request at a time ("reset", "ping", "OS_Suspend"), the guest polls for it by RECVSIZE, and answers it by a message of
 * its own. What the host does by itself has a virtual time: every call first does what is due (`advance`). A plan
 * changes a run in two ways: an event (`events.ts`) happens between two calls, a fault (`faults.ts`) changes one call.
 * Options (`options.ts`) say what differs from host to host. All that a run changes is plain data: `snapshot` gives it,
 * `restore` takes it back. `onEvent`, `log` and `report` say what happened.
 */
import {
  CallDecoder,
  type DecodedCall,
  MESSAGE_STATUS_HB,
  MESSAGE_STATUS_SUCCESS,
  type RegisterFrame,
} from '../protocol/index.ts';
import { type Random, randomAt, randomIn } from '../random.ts';
import { States } from '../state.ts';
import { CallHandler } from './call-handler.ts';
import { MessageCalls } from './channel/calls.ts';
import { post } from './channel/channel.ts';
import { Channels } from './channel/channels.ts';
import { cookieStreams } from './channel/cookie-streams.ts';
import { type HostCall, hostCall } from './channel/host-call.ts';
import { UnspecifiedValues } from './channel/unspecified.ts';
import { Conformity } from './conformity/index.ts';
import { VmMouse } from './devices/vmmouse.ts';
import { Window } from './devices/window.ts';
import { checkHostAction, type HostAction } from './events.ts';
import type { HostFault } from './faults.ts';
import { decodeGuestInfo, type GuestInfo } from './guest-info/guest-info.ts';
import type { HostConfig } from './host-config.ts';
import type { HostEvent, HostEventKind, HostServices } from './host-event.ts';
import { HOST_KINDS, type HostKindRow } from './host-kind.ts';
import { DEFAULT_IDENTITY, type HostIdentity } from './identity.ts';
import { HostLog, hostChannel } from './log.ts';
import { messageSink } from './message-sink.ts';
import { type HostOptions, resolveHostOptions } from './options.ts';
import type { HostReport } from './report.ts';
import { RpciService } from './rpci/service.ts';
import { RpciSession } from './rpci/session.ts';
import { futureOf, type HostFuture, type HostState } from './state.ts';
import { Backup } from './tclo/backup.ts';
import { phaseOf, type SessionPhase } from './tclo/phase.ts';
import { PowerSequence } from './tclo/power.ts';
import { TcloSession } from './tclo/session.ts';
import { WatchedOptions } from './watched-options.ts';

/**
 * VMware's side of the backdoor: a call's registers in, the changed registers out. Nothing here knows a CPU, does
 * I/O, reads a clock or throws at what a guest does.
 */
export class VmwareHost {
  readonly options: HostOptions;
  /** The same options: records which the host has read, and can exchange them. */
  readonly watched: WatchedOptions;
  /** Set whenever the guest reads the time from the host; the owner clears it. */
  timeRead = false;
  readonly identity: HostIdentity;
  /** RPCI's handlers, the guest-info store and the data of SetGuestInfo. */
  readonly rpci: RpciService;
  /** The mouse whose events the guest reads. */
  readonly mouse: VmMouse;
  /** The window around the guest: pointer, selections, devices. */
  readonly window: Window;
  /** What guests have wrong in the calls that they make. */
  readonly conformity: Conformity;
  /** What stands in outputs that the protocol leaves open. */
  readonly unspecified: UnspecifiedValues;
  /** Called for every host event; null: no listener. */
  onEvent: ((hostEvent: HostEvent) => void) | null = null;
  /** Everything that a run changes here. */
  readonly #states = new States();
  readonly #now: () => number;
  /** In `advance`, the due time of the action that runs now; else -1. */
  #callTime = -1;
  readonly #noise: Random;
  readonly #channels: Channels;
  readonly #session: TcloSession;
  readonly #rpciSession: RpciSession;
  readonly #power: PowerSequence;
  readonly #backup: Backup;
  readonly #personality: HostKindRow;
  readonly #handler: CallHandler;
  readonly #decoder: CallDecoder = new CallDecoder();
  readonly #log: HostLog;
  readonly #hostServices: HostServices;

  constructor(config: HostConfig = {}) {
    this.watched = new WatchedOptions(resolveHostOptions(config.options));
    this.options = this.watched.view;
    this.identity = { ...DEFAULT_IDENTITY, ...config.identity };
    const states = this.#states;
    this.rpci = new RpciService(this.identity, () => this.#readTime(), states);
    this.window = new Window(this.identity.devices, states);
    this.mouse = new VmMouse(states);
    this.#log = new HostLog(this.identity.epochSeconds, states);
    this.#now = config.now ?? (() => 0);
    const seed = config.seed ?? 0;
    const cookies = cookieStreams(states, seed);
    this.#noise = randomIn(states, 'noise', ~seed);
    this.unspecified = new UnspecifiedValues(this.options.unspecified, states);
    this.#hostServices = { time: () => this.#time(), notify: (...what) => this.#notify(...what) };
    this.#channels = new Channels(this.options, cookies, this.#hostServices, states);
    this.conformity = new Conformity(this.#channels);
    const { toolsOptions } = this.identity;
    this.#session = new TcloSession(this.options, toolsOptions, this.#channels, this.#hostServices, states);
    this.#power = new PowerSequence(this.#channels, this.#session, this.#hostServices, states);
    this.#backup = new Backup(this.#session, this.#hostServices, states);
    const followers = new Map([
      ['tools.os.statechange.status', (argument: string) => this.#power.reported(argument)],
      ['vmbackup.eventSet', (argument: string) => this.#backup.reported(argument)],
    ]);
    this.#rpciSession = new RpciSession(this.rpci, followers, this.options.messageNul, this.#hostServices, states);
    this.#session.onAnswer = (request, verdict) => this.#backup.answered(request, verdict);
    const sink = messageSink(this.options, this.#channels, this.#session, this.#rpciSession, this.#hostServices);
    this.#channels.serve(sink);
    const calls = new MessageCalls(
      {
        channels: this.#channels,
        sink,
        hostServices: this.#hostServices,
        filler: (at) => randomAt(~seed, at),
        sizeStatus: MESSAGE_STATUS_SUCCESS | (this.options.highBandwidth ? MESSAGE_STATUS_HB : 0),
        highBandwidth: this.options.highBandwidth,
        options: this.options,
        unspecified: this.unspecified,
      },
      this.#noise,
    );
    this.#personality = HOST_KINDS[this.options.personality];
    const context = {
      identity: this.identity,
      window: this.window,
      mouse: this.mouse,
      ring: this.options.ring,
      time: () => this.#readTime(),
      log: (text: string) => this.#notify('log', text),
    };
    const sources = { noise: this.#noise, hostServices: this.#hostServices };
    this.#handler = new CallHandler(this.#personality, context, calls, sources);
    // CPUID was set up by this option when the processor was made.
    this.watched.fix(['hypercall']);
  }

  /** Where its session with the guest is. */
  get phase(): SessionPhase {
    return phaseOf(this.#channels.now, this.#power.state.now, this.#backup.state.now);
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
    this.answer(this.#decoder.low(registers), registers, fault);
  }

  /** `rep outsb` to port 0x5659: `data` left the guest. Sets EBX only. A later part of a transfer is another call. */
  sendHighBandwidth(registers: RegisterFrame, data: Uint8Array, fault: HostFault | null = null): void {
    this.answer(this.#decoder.highOut(registers, data), registers, fault);
  }

  /**
   * `rep insb` of `count` bytes from port 0x5659. Sets EBX only. @returns at most `count` bytes, read-only; null:
   * refused, no bytes are transferred.
   */
  receiveHighBandwidth(registers: RegisterFrame, count: number, fault: HostFault | null = null): Uint8Array | null {
    return this.answer(this.#decoder.highIn(registers, count), registers, fault);
  }

  /** The same of a decoded call. @returns what {@link receiveHighBandwidth} gives, null of all other calls. */
  answer(call: DecodedCall, registers: RegisterFrame, fault: HostFault | null = null): Uint8Array | null {
    this.#keepTime();
    return this.#handler.answer(call, registers, fault);
  }

  /** What only the host knows of a call, before it is made; null when it is no message call. */
  describe(call: DecodedCall): HostCall | null {
    return call.kind === 'message' ? hostCall(this.#channels, call) : null;
  }

  /** Lets a host event happen now. */
  event(event: HostAction): void {
    const row = checkHostAction(event);
    this.#keepTime();
    const text = event.text === undefined || event.text === '' ? event.name : `${event.name} ${event.text}`;
    this.#hostServices.notify('event', text);
    const [session, channels, power, backup] = [this.#session, this.#channels, this.#power, this.#backup];
    const done = row.run({ session, channels, power, backup, hostServices: this.#hostServices }, event.text ?? '');
    if (!done) this.#hostServices.notify('log', `${text}: no target, or already in progress`);
  }

  /**
   * Posts a message on an open channel, past the session, in place of an unread one: for tests and benchmarks.
   * The host keeps the array. False when there is no such channel.
   */
  post(channel: number, bytes: Uint8Array): boolean {
    const slot = this.#channels.slots[channel] ?? null;
    if (slot === null || slot.broken) return false;
    post(slot, bytes);
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
      this.#callTime = due;
      this.#session.run(due);
      this.#power.run(due);
      this.#backup.run(due);
    }
    this.#callTime = -1;
  }

  /** What vmware.log would say: a time stamp and a line for everything that VMware is known to log, and more. */
  get log(): string[] {
    return this.#log.lines;
  }

  /** The data that the guest reported by SetGuestInfo, decoded. */
  get guestInfo(): GuestInfo {
    return decodeGuestInfo(this.rpci.guestInfo);
  }

  get report(): HostReport {
    return {
      tcloOpens: this.#session.state.now.opens,
      rpciOpens: this.#rpciSession.state.now.opens,
      channelsOpen: this.#channels.open,
      rpciCommands: this.#rpciSession.state.now.commands,
      tcloReplies: this.#session.state.now.replies,
    };
  }

  /** The whole state as plain data, only to be looked at: no handlers, options, identity, clock. Not in a callback. */
  snapshot(): HostState {
    return this.#states.snapshot() as unknown as HostState;
  }

  /** Takes over what `snapshot()` of a host with the same options gave. @throws VmtbenchError `state` for anything else. */
  restore(state: unknown): void {
    this.#states.restore(state);
  }

  /** The state of the random generator for faults. */
  get noise(): number {
    return this.#noise.state;
  }

  /** The part of the state that determines all that it does from now on: plain data, read-only, valid until it goes on. */
  future(): HostFuture {
    return futureOf(this.#states.now as unknown as HostState, this.#time());
  }

  #time(): number {
    return this.#callTime < 0 ? this.#now() : this.#callTime;
  }

  /** The time, read by the guest. */
  #readTime(): number {
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

import { PortBus } from '../../src/ports/index.ts';
import {
  BDOOR_CMD_MESSAGE,
  BDOOR_MAGIC,
  BDOOR_PORT,
  BDOORHB_PORT,
  GUESTMSG_FLAG_COOKIE,
  MESSAGE_STEPS,
  type MessageStep,
  PlainRegisters,
  type PortAccess,
  type RegisterFrame,
  RPCI_PROTOCOL_NUM,
  TCLO_PROTOCOL_NUM,
} from '../../src/protocol/index.ts';
import { BackdoorDevice, type HostFault, VmwareHost } from '../../src/tclo-host/index.ts';
import {
  Conversation,
  type TraceHeader,
  TraceReader,
  type TraceRecord,
  TraceRecorder,
  type TraceSubject,
  type TraceVerdict,
  TraceWriter,
} from '../../src/trace/index.ts';

export const SUBJECT: TraceSubject = {
  object: { name: 'vmt.o', sha256: 'c0ffee', machine: 'amd64' },
  kernel: 'openbsd',
  host: { addressError: 'break', maxChannels: 8 },
  events: ['at=5s tclo.break'],
  faults: ['rpci.receive nth=2 checkpoint'],
  seed: 7,
  command: ['run'],
  for: '60s',
  machine: {},
  interfaces: [],
  stubs: [],
  lenient: false,
  regparm: false,
  alternatives: true,
  memoryChecker: true,
  budget: {},
  invariants: [],
  expect: [],
};

export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(chunks));
}

/** The bytes that `fill` writes, behind a header. */
export function written(fill: (writer: TraceWriter) => void, subject: TraceSubject = SUBJECT): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  const writer = new TraceWriter((bytes) => chunks.push(bytes), subject);
  fill(writer);
  writer.flush();
  return joined(chunks);
}

export interface Read {
  readonly header: TraceHeader | null;
  readonly records: readonly TraceRecord[];
  readonly verdict: TraceVerdict | null;
}

export function read(chunks: Iterable<Uint8Array>): Read {
  const reader = new TraceReader(chunks);
  const records = [...reader.records()];
  return { header: reader.header, records, verdict: reader.verdict };
}

export function conversation(bytes: Uint8Array): string[] {
  const reported = new Conversation();
  return [...read([bytes]).records.flatMap((record) => reported.add(record)), ...reported.end()];
}

type Access = Partial<Omit<PortAccess, 'registers'>> & { readonly registers?: Partial<RegisterFrame> };

/** A guest without a processor: its accesses pass the bus, and a recorder sees them. A microsecond goes by at each. */
export class TracedGuest {
  readonly chunks: Uint8Array[] = [];
  readonly writer: TraceWriter = new TraceWriter((bytes) => this.chunks.push(bytes), SUBJECT);
  readonly host: VmwareHost;
  readonly bus: PortBus<HostFault> = new PortBus<HostFault>();
  ns = 0;
  /** What goes wrong with the next access. */
  fault: HostFault | null = null;

  #cookies: readonly [number, number] = [0, 0];

  constructor(host: ConstructorParameters<typeof VmwareHost>[0] = {}) {
    this.host = new VmwareHost({ ...host, now: () => this.ns });
    const recorder = new TraceRecorder(this.writer, () => this.ns);
    this.bus.add(new BackdoorDevice(this.host));
    this.bus.probe = {
      before: (access, call) => {
        recorder.before(access, call);
        return this.fault;
      },
      after: (access, fault) => {
        recorder.after(access, fault);
        this.fault = null;
      },
    };
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    this.writer.flush();
    return joined(this.chunks);
  }

  get records(): readonly TraceRecord[] {
    return read([this.bytes]).records;
  }

  access(access: Access): RegisterFrame {
    this.ns += 1000;
    const frame = new PlainRegisters(access.registers);
    const whole = { port: BDOOR_PORT, width: 4, direction: 'in', string: false, count: 1, pc: 0x401000n } as const;
    this.bus.dispatch({ ...whole, data: new Uint8Array(0), ...access, registers: frame });
    return frame;
  }

  /** A low-bandwidth message call. */
  step(step: MessageStep, channel: number, ebx = 0): RegisterFrame {
    const [esi, edi] = this.#cookies;
    const ecx = (MESSAGE_STEPS.indexOf(step) << 16) | BDOOR_CMD_MESSAGE;
    const edx = (channel << 16) | BDOOR_PORT;
    return this.access({ registers: { eax: BDOOR_MAGIC, ebx, ecx, edx, esi, edi } });
  }

  open(protocol: 'rpci' | 'tclo'): number {
    const number = protocol === 'rpci' ? RPCI_PROTOCOL_NUM : TCLO_PROTOCOL_NUM;
    const { edx, esi, edi } = this.step('open', 0, number + GUESTMSG_FLAG_COOKIE);
    this.#cookies = [esi, edi];
    return edx >>> 16;
  }

  /** `rep outsb` of the bytes. */
  highOut(channel: number, data: Uint8Array): RegisterFrame {
    const [ebp, edi] = this.#cookies;
    const edx = (channel << 16) | BDOORHB_PORT;
    const frame = { eax: BDOOR_MAGIC, ebx: 0x10000, ecx: data.length, edx, rsi: 0xffff800000001000n, edi, ebp };
    return this.access({
      port: BDOORHB_PORT,
      width: 1,
      direction: 'out',
      string: true,
      count: data.length,
      data,
      registers: frame,
    });
  }

  /** `rep insb` of so many bytes. */
  highIn(channel: number, count: number): RegisterFrame {
    const [esi, ebp] = this.#cookies;
    const edx = (channel << 16) | BDOORHB_PORT;
    const frame = { eax: BDOOR_MAGIC, ebx: 0x10000, ecx: count, edx, esi, rdi: 0xffff800000001000n, ebp };
    return this.access({ port: BDOORHB_PORT, width: 1, direction: 'in', string: true, count, registers: frame });
  }

  send(channel: number, text: string | Uint8Array): RegisterFrame {
    const data = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    const { ecx } = this.step('sendsize', channel, data.length);
    if (data.length === 0 || ecx >>> 16 === 0) return new PlainRegisters({ ecx });
    return this.highOut(channel, data);
  }

  /** RECVSIZE, and what it offers; RECVSTATUS. */
  receive(channel: number): void {
    const { ebx, ecx } = this.step('recvsize', channel);
    if (((ecx >>> 16) & 2) === 0) return;
    this.highIn(channel, ebx);
    this.step('status', channel, 1);
  }
}

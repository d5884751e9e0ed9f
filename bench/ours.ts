/** The benchmarks through the whole stack of the library: Machine, PortBus with a probe, BackdoorDevice, VmwareHost. */
import { readFileSync } from 'node:fs';
import { Machine } from 'vmtbench/cpu';
import { PortBus } from 'vmtbench/ports';
import { BackdoorDevice, VmwareHost } from 'vmtbench/tclo-host';

const BDOOR_MAGIC = 0x564d5868;
const BDOOR_CMD_MESSAGE = 0x1e;
const MESSAGE_TYPE_OPEN = 0;
const MESSAGE_TYPE_SENDSIZE = 1;
const RPCI_WITH_COOKIE = 0xc9435052;

const CODE = 0x100000n;
const BUFFER = 0x200000n;
const PAYLOAD = 65536;
/** The answer to the request below: the same bytes each time, as on the other sides. */
const ANSWER = Uint8Array.from({ length: PAYLOAD }, (_, i) => i * 7 + 1);
const REQUEST = new TextEncoder().encode('bench.payload');

interface Bench {
  readonly machine: Machine;
  readonly host: VmwareHost;
}

function createBench(loop: string): Bench {
  const machine = new Machine({ bits: 64 });
  const host = new VmwareHost({ now: () => machine.now });
  host.rpci.handle('bench.payload', () => ANSWER);
  const bus = new PortBus();
  bus.add(new BackdoorDevice(host));
  bus.probe = { before: () => null, after: () => {} };
  bus.attach(machine);
  machine.map(CODE, 4096, 'rx');
  machine.map(BUFFER, PAYLOAD, 'rw');
  machine.write(CODE, readFileSync(loop));
  return { machine, host };
}

/** Milliseconds from before the guest's arguments are set to its HLT. */
function time(machine: Machine, args: () => void): number {
  const start = performance.now();
  args();
  const stop = machine.run(CODE);
  const end = performance.now();
  if (stop.reason !== 'halt') throw new Error(`the guest loop ended with ${stop.reason}`);
  return end - start;
}

/** A function that measures `n` GETVERSION calls in one run: nanoseconds a call. */
export function createPortAccess(loop: string): (n: number) => number {
  const { machine } = createBench(loop);
  return (n) => {
    const elapsed = time(machine, () => {
      machine.registers.rdi = BigInt(n);
    });
    if (machine.registers.ebx !== BDOOR_MAGIC) throw new Error('GETVERSION was not answered');
    return (elapsed * 1e6) / n;
  };
}

/** A function that measures `n` receives of 64 KiB, one a run: nanoseconds a receive. */
export function createInsb64k(loop: string): (n: number) => number {
  const { machine, host } = createBench(loop);
  const { registers } = machine;
  const message = (step: number, ebx: number): void => {
    registers.eax = BDOOR_MAGIC;
    registers.ebx = ebx;
    registers.ecx = (step << 16) | BDOOR_CMD_MESSAGE;
    host.call(registers);
  };
  registers.edx = 0;
  message(MESSAGE_TYPE_OPEN, RPCI_WITH_COOKIE);
  const channel = registers.edx;
  const cookieHigh = registers.esi;
  const cookieLow = registers.edi;

  /** Has the host offer its answer again: not part of what is measured. */
  const request = (): void => {
    registers.edx = channel;
    registers.esi = cookieHigh;
    registers.edi = cookieLow;
    message(MESSAGE_TYPE_SENDSIZE, REQUEST.length);
    registers.eax = BDOOR_MAGIC;
    registers.ebx = 0x00010000;
    registers.ecx = REQUEST.length;
    registers.edx = channel;
    registers.ebp = cookieHigh;
    registers.edi = cookieLow;
    host.sendHighBandwidth(registers, REQUEST);
  };

  const setArguments = (): void => {
    registers.edi = 1;
    registers.esi = channel;
    registers.edx = cookieHigh;
    registers.ecx = cookieLow;
    registers.set('r8', BUFFER);
    registers.set('r9', BigInt(PAYLOAD));
  };

  return (n) => {
    let total = 0;
    for (let i = 0; i < n; i++) {
      request();
      total += time(machine, setArguments);
    }
    if (registers.ecx !== 0x00010000) throw new Error('the last RECVSTATUS was refused');
    const received = machine.read(BUFFER, PAYLOAD);
    if (!Buffer.from(received).equals(ANSWER)) throw new Error('the payload did not reach the guest');
    machine.write(BUFFER, new Uint8Array(PAYLOAD));
    return (total * 1e6) / n;
  };
}

import type { Machine, MachineOptions } from '../cpu/index.ts';
import { PortBus } from '../ports/index.ts';
import type { Notice } from '../protocol/index.ts';
import {
  BackdoorDevice,
  BalloonDevice,
  DEFAULT_IDENTITY,
  type HostFault,
  type HostOptions,
  type VmwareHost,
} from '../tclo-host/index.ts';

/** What CPUID says of each host: QEMU is taken to emulate the processor too. */
const HYPERVISORS: Readonly<Record<HostOptions['personality'], string | null>> = {
  vmware: 'VMwareVMware',
  qemu: 'TCGTCGTCGTCG',
  none: null,
};

/** The processor that a host shows: its name, its clock rates, how it wants to be called. */
export function processorOf({ hypercall, personality }: HostOptions): Omit<MachineOptions, 'bits'> {
  const { tscHz, apicBusHz } = DEFAULT_IDENTITY;
  return { tscKhz: tscHz / 1000, busKhz: apicBusHz / 1000, hypercall, hypervisor: HYPERVISORS[personality] };
}

/** Puts a host's devices on a bus, and the bus on a machine. @param tell hears of accesses that did nothing. */
export function connect(machine: Machine, host: VmwareHost, tell: (notice: Notice) => void): PortBus<HostFault> {
  const bus = new PortBus<HostFault>();
  const backdoor = new BackdoorDevice(host);
  const devices = host.options.personality === 'vmware' ? [backdoor, new BalloonDevice()] : [backdoor];
  for (const device of devices) {
    bus.add(device);
    device.onNotice = tell;
  }
  bus.onNotice = tell;
  bus.attach(machine);
  return bus;
}

import type { MessageStep, Protocol } from '../protocol/index.ts';
import type { HostEventName } from './events.ts';
import type { FaultKind, HostFault } from './faults.ts';
import { HOST_OPTIONS, type HostOptions } from './options.ts';

/**
 * How near to real hosts a disturbance is: seen on them; plausible, inferred from what guests check, or from a log that
 * says less; or what only a broken or hostile host does. The nearest first.
 */
export const EVIDENCE = ['seen', 'plausible', 'hostile'] as const;
export type Evidence = (typeof EVIDENCE)[number];

/** The farther of two. */
export const farther = (one: Evidence, other: Evidence): Evidence =>
  EVIDENCE.indexOf(one) >= EVIDENCE.indexOf(other) ? one : other;

/** A class with its public source. */
export interface EvidenceRow {
  readonly evidence: Evidence;
  readonly source: string;
}

/** Where a fault can be injected, for its class: a step of a protocol, or a command that is no message call. */
export type FaultPlace = 'command' | `${Protocol}.${MessageStep}`;

export interface FaultEvidence extends EvidenceRow {
  readonly kinds: readonly FaultKind[];
  readonly places: readonly FaultPlace[] | 'any';
}

const rpci = (...steps: readonly MessageStep[]): FaultPlace[] => steps.map((step): FaultPlace => `rpci.${step}`);
const tclo = (...steps: readonly MessageStep[]): FaultPlace[] => steps.map((step): FaultPlace => `tclo.${step}`);
const both = (...steps: readonly MessageStep[]): FaultPlace[] => [...tclo(...steps), ...rpci(...steps)];

/** The first row that fits decides. Every kind has one for every place where it means something. */
export const FAULT_EVIDENCE: readonly FaultEvidence[] = [
  {
    kinds: ['refuse', 'break'],
    places: tclo('sendsize', 'send', 'recvsize', 'receive', 'status'),
    evidence: 'seen',
    source: "the article's log of NetBSD: every ping refused with eax=ecx=0 until CLOSE (NetBSD fork, issue 393)",
  },
  {
    kinds: ['refuse'],
    places: both('open'),
    evidence: 'seen',
    source: 'vmware/vic #1431, #6152: the host has no channel left; open-vm-tools message.c opens again',
  },
  {
    kinds: ['refuse'],
    places: rpci('sendsize', 'send', 'recvsize', 'receive', 'status'),
    evidence: 'seen',
    source: 'vmware/vic #6152: "wrong cookie, discarding message", "Protocol error", and status 0',
  },
  {
    kinds: ['checkpoint'],
    places: both('receive'),
    evidence: 'seen',
    source: "the article's log of a suspend: EBX 0x00100000 at the answer to a report",
  },
  {
    kinds: ['checkpoint'],
    places: 'any',
    evidence: 'plausible',
    source: 'inferred: open-vm-tools message.c and Linux vmwgfx_msg.c repeat these steps at MESSAGE_STATUS_CPT',
  },
  {
    kinds: ['refuse', 'break'],
    places: 'any',
    evidence: 'plausible',
    source:
      "inferred: guests test for it; no public log shows it at this step. QEMU's vmport and KVM answer fewer commands",
  },
  {
    kinds: ['closed', 'timeout', 'poweroff', 'unsent'],
    places: 'any',
    evidence: 'plausible',
    source:
      'inferred: the bits stand in open-vm-tools guest_msg_def.h; VMware logs time-outs and posts that it cannot take back (vic #2504)',
  },
  {
    kinds: ['noHighBandwidth'],
    places: 'any',
    evidence: 'plausible',
    source: 'inferred: the bit is an offer; QEMU and VirtualBox have no port 0x5659 (VirtualBox #67)',
  },
  {
    kinds: ['stall'],
    places: 'any',
    evidence: 'plausible',
    source: 'inferred: a busy host answers later; vmx logs messages that took up to 60 s (vic #2504)',
  },
  {
    kinds: ['wrongLength', 'oversize', 'truncate', 'corrupt', 'garbageRegisters', 'registers', 'payload', 'message'],
    places: 'any',
    evidence: 'hostile',
    source: 'no host is known to do it',
  },
];

/** An empty message is one that hosts send. */
export const EMPTY_MESSAGE: EvidenceRow = {
  evidence: 'plausible',
  source: 'inferred: vmware/vmw-guestinfo 4b00693 expects messages of no bytes',
};

/** The class of a fault at a place; null: the kind means nothing there. */
export function faultEvidence(fault: HostFault, place: FaultPlace): EvidenceRow {
  if (fault.kind === 'oversize' && fault.size === 0) return EMPTY_MESSAGE;
  const fits = ({ kinds, places }: FaultEvidence): boolean =>
    kinds.includes(fault.kind) && (places === 'any' || places.includes(place));
  return FAULT_EVIDENCE.find(fits) ?? { evidence: 'hostile', source: 'no host is known to do it' };
}

const DEFAULTS = 'a host of the kind that most guests meet';

/** By option, the class of each value but the default one, which is seen; `other`: of all that have no row. */
export const OPTION_EVIDENCE: {
  readonly [K in keyof HostOptions]: Readonly<Record<string, EvidenceRow>>;
} = {
  session: { resetOnly: { evidence: 'plausible', source: "assumed: the article's logs begin with reset alone" } },
  unsolicitedReply: {
    glitch: { evidence: 'plausible', source: "assumed: makes unchanged drivers print the article's three lines" },
    accept: { evidence: 'seen', source: "the article's log of a suspend: a greeting on a new channel does no harm" },
  },
  resetAcrossReopen: {
    drop: {
      evidence: 'plausible',
      source: "inferred: the article's second log, where a greeting after a reopen is rejected",
    },
  },
  closeBroken: { refuse: { evidence: 'plausible', source: 'inferred: vic #6152 has status 0 for a wrong cookie' } },
  addressError: {
    break: {
      evidence: 'seen',
      source: 'NetBSD fork, issue 395: the channel is dead after the error about the address',
    },
  },
  checkpointMode: {
    strict: { evidence: 'plausible', source: 'a comment of open-vm-tools: an RPCI channel is invalid after a reset' },
  },
  firstPost: { atOpen: { evidence: 'seen', source: "QEMU forks' vmport_rpc.c posts reset at OPEN" } },
  highBandwidth: { false: { evidence: 'seen', source: 'QEMU and VirtualBox have no port 0x5659' } },
  hypercall: {
    vmcall: { evidence: 'seen', source: "open-vm-tools and Linux choose by CPUID's leaf 0x40000010" },
    vmmcall: { evidence: 'seen', source: "open-vm-tools and Linux choose by CPUID's leaf 0x40000010" },
  },
  rpciUntilReset: { refuse: { evidence: 'plausible', source: 'assumed' } },
  personality: {
    qemu: { evidence: 'seen', source: 'QEMU 7.2, measured' },
    none: { evidence: 'seen', source: 'any other machine' },
  },
  secondOwner: {
    other: { evidence: 'plausible', source: 'vic #6205: "there can only be 1"; which one stays is assumed' },
  },
  messageNul: { true: { evidence: 'seen', source: 'open-vm-tools #16: "ping" counted as 5 bytes' } },
  maxChannels: { other: { evidence: 'plausible', source: '8 in old public headers, 128 since 2022' } },
  ring: { other: { evidence: 'seen', source: 'open-vm-tools runs in ring 3' } },
  unspecified: {
    other: {
      evidence: 'plausible',
      source: 'the protocol leaves these outputs open; no guest that runs anywhere needs them',
    },
  },
};

/** The class of one value of one option. */
export function optionEvidence(option: keyof HostOptions, value: string | number | boolean): EvidenceRow {
  const { values, range } = HOST_OPTIONS[option];
  if (value === (range?.default ?? values?.[0])) return { evidence: 'seen', source: DEFAULTS };
  const rows = OPTION_EVIDENCE[option];
  return rows[String(value)] ?? rows.other ?? { evidence: 'hostile', source: 'no host is known to do it' };
}

const LOGGED = "the article's logs and open-vm-tools' tables of messages";

/** The class of each event of the host. */
export const EVENT_EVIDENCE: { readonly [K in HostEventName]: EvidenceRow } = {
  'tclo.send': { evidence: 'plausible', source: 'hosts send what their guest does not know, such as Resolution_Set' },
  reset: { evidence: 'seen', source: LOGGED },
  ping: { evidence: 'seen', source: 'open-vm-tools #16: every 15 s' },
  capabilities: { evidence: 'seen', source: LOGGED },
  broadcastIp: { evidence: 'seen', source: 'NetBSD fork, issue 395; govmomi #778' },
  powerOn: { evidence: 'seen', source: LOGGED },
  suspend: { evidence: 'seen', source: "the article's log of a suspend" },
  resume: { evidence: 'seen', source: LOGGED },
  halt: { evidence: 'seen', source: LOGGED },
  reboot: { evidence: 'seen', source: LOGGED },
  backup: { evidence: 'seen', source: 'open-vm-tools vmbackup; OpenBSD vmt.c' },
  checkpoint: { evidence: 'seen', source: "the article's log of a suspend" },
  migrate: { evidence: 'plausible', source: 'inferred: a checkpoint as with a suspend' },
  'tclo.break': { evidence: 'seen', source: 'NetBSD fork, issue 393' },
  'tclo.glitch': { evidence: 'plausible', source: "assumed: makes unchanged drivers print the article's three lines" },
  'tclo.rival': { evidence: 'seen', source: 'vic #6205; NetBSD vmt(4), BUGS' },
  'host.reinit': { evidence: 'seen', source: 'vmware.log: "Reinitializing Channel 0(toolbox-dnd)" (vic #2504)' },
};

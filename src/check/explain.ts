import type { AccessFact } from '../judge/index.ts';
import type { MessageStep } from '../protocol/index.ts';
import type { FaultKind } from '../tclo-host/index.ts';

/** What the host did, by kind of fault. `it` is the step in the words of {@link STEPS}. */
const HOST_DID: Readonly<Record<FaultKind, (it: string) => string>> = {
  refuse: (it) => `the host refused ${it}`,
  checkpoint: (it) => `the checkpoint bit came with ${it}`,
  closed: (it) => `the host closed the channel at ${it} and reported it closed`,
  timeout: (it) => `the host let ${it} time out and dropped the message`,
  poweroff: (it) => `the host answered ${it} with the power-off status`,
  unsent: (it) => `the host withdrew the message at ${it}`,
  noHighBandwidth: (it) => `the host offered no high bandwidth at ${it}`,
  wrongLength: (it) => `the host announced a wrong length at ${it}`,
  truncate: (it) => `only half of ${it} arrived`,
  corrupt: (it) => `${it} arrived with flipped bits`,
  garbageRegisters: (it) => `the host answered ${it} with garbage in the registers`,
  stall: (it) => `the host had no message for a while at ${it}`,
  break: (it) => `the channel broke at ${it}`,
  oversize: (it) => `the host announced a length that is none at ${it}`,
  registers: (it) => `the host answered ${it} with other values in the registers`,
  payload: (it) => `${it} arrived with other bytes`,
  message: (it) => `the host offered another message at ${it}`,
};

interface StepWords {
  /** The step with the message that it handles. */
  readonly it: (about: string) => string;
  /** The verb for repeating the step. */
  readonly verb: string;
  /** Steps that count as a new try. */
  readonly again: readonly MessageStep[];
}

const STEPS: Readonly<Record<MessageStep, StepWords>> = {
  open: { it: () => 'the open', verb: 'open', again: ['open'] },
  sendsize: { it: (about) => `the announcement of ${about}`, verb: 'announce it', again: ['sendsize'] },
  send: { it: (about) => `the payload of ${about}`, verb: 'send', again: ['send', 'sendsize'] },
  recvsize: { it: (about) => `the question for ${about}`, verb: 'ask', again: ['recvsize'] },
  receive: { it: (about) => `the payload of ${about}`, verb: 'receive', again: ['receive', 'recvsize'] },
  status: { it: (about) => `the acknowledgement of ${about}`, verb: 'acknowledge', again: ['status', 'recvsize'] },
  close: { it: () => 'the close', verb: 'close', again: ['close'] },
};

const LONGEST = 60;

/**
 * Describes one injection in the words of the protocol: what the host did and how the driver reacted.
 * @param injection the access with the injection.
 * @param later the accesses after it.
 * @param preempted a soft interrupt preempted the driver after the access.
 */
export function explainInjection(injection: AccessFact, later: readonly AccessFact[], preempted: boolean): string {
  const { call, fault } = injection;
  if (preempted) {
    const what = call === null ? 'a command' : `${STEPS[call.step].it(subjectOf(injection))}${channelOf(injection)}`;
    return `a soft interrupt preempted the driver after ${what}.`;
  }
  if (fault === null) return '';
  if (call === null) return `${HOST_DID[fault.kind](commandOf(injection))}.`;
  const did = HOST_DID[fault.kind](`${STEPS[call.step].it(subjectOf(injection))}${channelOf(injection)}`);
  return `${did}; ${reaction(injection, later)}.`;
}

const commandOf = ({ command, port }: AccessFact): string =>
  command === null ? `a command of port 0x${port.toString(16)}` : `command 0x${command.toString(16)}`;

const CHANNELS = { rpci: 'an RPCI channel', tclo: 'a TCLO channel' };

const channelOf = ({ call }: AccessFact): string => {
  if (call?.step !== 'open' && call?.step !== 'close') return '';
  return ` of ${call.protocol === null ? 'a channel' : CHANNELS[call.protocol]}`;
};

/** The message of a step: RPCI's request or its answer, TCLO's message or its reply. */
function subjectOf({ call }: AccessFact): string {
  if (call === null) return 'a command';
  const { protocol, step, command } = call;
  const text = command === null || command === '' ? null : `"${shorten(command)}"`;
  const outward = step === 'sendsize' || step === 'send';
  if (protocol === 'tclo') {
    if (outward) return text === null ? 'a poll' : `the reply to ${text}`;
    return text === null ? 'a message' : text;
  }
  if (outward) return text ?? 'a request';
  return text === null ? 'an answer' : `the answer to ${text}`;
}

const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);

/** What the driver did next on channels of the same protocol. */
function reaction({ call }: AccessFact, later: readonly AccessFact[]): string {
  const words = STEPS[(call as { readonly step: MessageStep }).step];
  const same = later.filter((access) => access.call !== null && sharesProtocol(access, call?.protocol ?? null));
  const [next] = same;
  if (next === undefined) return 'the driver never used such a channel again';
  const nextStep = (next.call as { readonly step: MessageStep }).step;
  if (words.again.includes(nextStep)) {
    const tries = same.filter((access) => words.again.includes((access.call as { step: MessageStep }).step));
    if (tries.length > 3 && tries.every(({ outcome }) => outcome === 'refused')) {
      return `the driver tried again ${tries.length} times, and the host refused each`;
    }
    return 'the driver tried again';
  }
  return `the driver did not ${words.verb} again: next it did "${nextStep}"`;
}

const sharesProtocol = ({ call }: AccessFact, protocol: string | null): boolean =>
  protocol === null || call?.protocol === protocol || call?.protocol === null;

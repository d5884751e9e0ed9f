/** What the host says on TCLO, and what it makes of the guest's answers. */

export const TCLO_RESET = 'reset';
export const TCLO_PING = 'ping';
export const TCLO_CAPABILITIES = 'Capabilities_Register';
export const TCLO_BROADCAST_IP = 'Set_Option broadcastIP 1';
export const TCLO_POWER_ON = 'OS_PowerOn';
export const TCLO_SUSPEND = 'OS_Suspend';
export const TCLO_RESUME = 'OS_Resume';
export const TCLO_HALT = 'OS_Halt';
export const TCLO_REBOOT = 'OS_Reboot';
export const TCLO_BACKUP_START = 'vmbackup.start 1';
export const TCLO_BACKUP_ABORT = 'vmbackup.abort';
export const TCLO_BACKUP_DONE = 'vmbackup.snapshotDone';

/** What a full session says after its greeting, in this order. Only the toolbox hears more than the first. */
export const openingMessages = (toolbox: boolean, poweredOn: boolean, toolsOptions: readonly string[]): string[] => {
  if (!toolbox) return [TCLO_CAPABILITIES];
  const options = toolsOptions.map((option) => `Set_Option ${option}`);
  return [TCLO_CAPABILITIES, ...options, TCLO_BROADCAST_IP, ...(poweredOn ? [] : [TCLO_POWER_ON])];
};

/** The application whose channel gets the power operations and everything that host events send. */
export const TOOLBOX = 'toolbox';

const SECOND = 1_000_000_000;

/**
 * A full session pings whenever one of these is over, if the channel is idle then. Source: time stamps of open-vm-tools
 * issue 16. ASSUMED: counted from power-on, not from the last answer.
 */
export const PING_INTERVAL: number = 15 * SECOND;

/** From posting to the answer. Source: "GuestRpcSendTimedOut" 59 s after the post (vmware/vic issue 2504). */
export const REPLY_TIMEOUT: number = 60 * SECOND;

/**
 * From a reply that the host rejects to the broken channel. INFERRED: the driver that answered the address error
 * polled once more without an error (its next failure is the ping after that poll), so the message layer takes the
 * bytes and the layer above breaks the channel a little later. ASSUMED: how much later.
 */
export const REJECTION_DELAY: number = SECOND / 10;

export type ReplyVerdict = 'ok' | 'error' | 'malformed' | 'addressError';

/** One row a kind of answer, the first that fits; whatever fits none is malformed. */
const VERDICTS: readonly (readonly [string, ReplyVerdict])[] = [
  ['OK ', 'ok'],
  ['ERROR Unable to find guest IP address', 'addressError'],
  ['ERROR ', 'error'],
];

/** What an answer is worth. "ERROR Unknown command" is an answer like any other. */
export function judge(reply: string): ReplyVerdict {
  for (const [start, verdict] of VERDICTS) if (reply.startsWith(start)) return verdict;
  return 'malformed';
}

/** The application named by the answer to a reset, "OK ATR toolbox"; null when it names none. */
export function registeredApp(reply: string): string | null {
  return /^OK ATR ([^ ]{1,64})/.exec(reply)?.[1] ?? null;
}

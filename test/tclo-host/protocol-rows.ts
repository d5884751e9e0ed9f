/**
 * What is known of the protocol, row by row, and the test that holds each: a file of this folder (or a path from
 * `test/`), and words that stand there. Names of commands and words are those of the public headers.
 */
export type ProtocolRow = readonly [row: string, file: string, words: string];

/** Commands of port 0x5658. */
export const COMMAND_ROWS: readonly ProtocolRow[] = [
  ['0x01 GETMHZ', 'commands', 'GETMHZ:'],
  ['0x02 APMFUNCTION', 'commands', 'APMFUNCTION:'],
  ['0x03 GETDISKGEO', 'commands', 'GETDISKGEO:'],
  ['0x04 GETPTRLOCATION', 'window', 'SETPTRLOCATION, GETPTRLOCATION'],
  ['0x05 SETPTRLOCATION', 'window', 'SETPTRLOCATION, GETPTRLOCATION'],
  ['0x06 GETSELLENGTH', 'window', 'GETSELLENGTH, GETNEXTPIECE'],
  ['0x07 GETNEXTPIECE', 'window', 'GETSELLENGTH, GETNEXTPIECE'],
  ['0x08 SETSELLENGTH', 'window', 'SETSELLENGTH, SETNEXTPIECE'],
  ['0x09 SETNEXTPIECE', 'window', 'SETSELLENGTH, SETNEXTPIECE'],
  ['0x0a GETVERSION', 'commands', 'GETVERSION:'],
  ['0x0b GETDEVICELISTELEMENT', 'window', 'GETDEVICELISTELEMENT, TOGGLEDEVICE'],
  ['0x0c TOGGLEDEVICE', 'window', 'GETDEVICELISTELEMENT, TOGGLEDEVICE'],
  ['0x0d GETGUIOPTIONS', 'window', 'SETGUIOPTIONS switches'],
  ['0x0e SETGUIOPTIONS', 'window', 'SETGUIOPTIONS switches'],
  ['0x0f GETSCREENSIZE', 'commands', 'GETSCREENSIZE:'],
  ['0x11 GETHWVERSION', 'commands', 'GETHWVERSION:'],
  ['0x12 OSNOTFOUND', 'commands', 'OSNOTFOUND is logged'],
  ['0x13 GETUUID', 'commands', 'GETUUID:'],
  ['0x14 GETMEMSIZE', 'commands', 'GETMEMSIZE:'],
  ['0x17 GETTIME', 'commands', 'GETTIME:'],
  ['0x18 STOPCATCHUP', 'commands', 'STOPCATCHUP:'],
  ['0x1e MESSAGE', 'message', 'the words of a conversation'],
  ['0x22 ISACPIDISABLED', 'commands', 'ISACPIDISABLED:'],
  ['0x24 ISMOUSEABSOLUTE', 'vmmouse', 'ISMOUSEABSOLUTE, and relative packets'],
  ['0x27 ABSPOINTER_DATA', 'vmmouse', 'reads four words into eax, ebx, ecx and edx'],
  ['0x28 ABSPOINTER_STATUS', 'vmmouse', 'is off until it is enabled'],
  ['0x29 ABSPOINTER_COMMAND', 'vmmouse', 'is off until it is enabled'],
  ['0x2d GETHZ', 'commands', 'GETHZ:'],
  ['0x2e GETTIMEFULL', 'commands', 'GETTIMEFULL:'],
  ['0x37 GETTIMEFULL_WITH_LAG', 'commands', 'GETTIMEFULL_WITH_LAG:'],
  ['0x3f NESTING_CONTROL', 'commands', 'NESTING_CONTROL %s'],
  ['0x44 GET_VCPU_INFO', 'commands', 'GET_VCPU_INFO:'],
  ['0x55 MKS_GUEST_STATS', 'window', 'MKS_GUEST_STATS: pages'],
  ['0x56 ABSPOINTER_RESTRICT', 'vmmouse', 'ABSPOINTER_RESTRICT to %s'],
  ['0x5b STEALCLOCK', 'commands', 'STEALCLOCK %s'],
  ['0x61 PRECISIONCLOCK', 'commands', 'PRECISIONCLOCK:'],
  ['0x64 GETBUILDNUM', 'commands', 'GETBUILDNUM:'],
];

/** Sub commands of the message command, both bandwidths. */
export const SUB_COMMAND_ROWS: readonly ProtocolRow[] = [
  ['0 open', 'message', "describe('OPEN'"],
  ['1 sendsize', 'message', '64 KiB is the longest message'],
  ['2 send', 'message', 'the words of a conversation'],
  ['3 recvsize', 'message', 'offered again until RECVSTATUS'],
  ['4 receive', 'message', 'bytes are only given out after RECVSIZE'],
  ['5 status', 'message', 'a message fetched in part is gone with RECVSTATUS'],
  ['6 close', 'message', 'a closed one is free again'],
];

/** RPCI requests that the host answers by itself, `*` a family. */
export const RPCI_ROWS: readonly ProtocolRow[] = [
  ['info-get', 'rpci', 'info-get guestinfo.'],
  ['info-set', 'rpci', 'info-set guestinfo.'],
  ['log', 'rpci', 'a log line reaches the host’s log'],
  ['SetGuestInfo', 'guest-info', 'every number has its row and its test'],
  ['tools.*', 'rpci', 'tools.capability.'],
  ['vmx.capability.*', 'rpci', 'vmx.capability.unified_loop'],
  ['vmx.capability.dnd_version', 'rpci', 'vmx.capability.dnd_version'],
  ['vmx.capability.copypaste_version', 'rpci', 'vmx.capability.copypaste_version'],
  ['vmx.capability.tools_is_upgradable', 'rpci', 'vmx.capability.tools_is_upgradable'],
  ['machine.id.get', 'rpci', 'machine.id.get answers'],
  ['guestlib.info.get', 'guestlib', 'guestlib.info.get 2'],
  ['vmbackup.eventSet', 'backup', 'start, quiet, snapshotDone, done'],
];

/** Messages of the host's on TCLO. */
export const TCLO_ROWS: readonly ProtocolRow[] = [
  ['reset', 'session', 'waits for the first empty send'],
  ['ping', 'session', 'pings 15 s after the last answer'],
  ['Capabilities_Register', 'session', 'Capabilities_Register'],
  ['Set_Option broadcastIP 1', 'session', 'Set_Option broadcastIP 1'],
  ['OS_PowerOn', 'session', 'OS_PowerOn comes once a power-on'],
  ['OS_Suspend', 'power', 'OS_Suspend'],
  ['OS_Resume', 'power', 'resumes after the greeting'],
  ['OS_Halt', 'events', 'OS_Halt'],
  ['OS_Reboot', 'events', 'OS_Reboot'],
  ['vmbackup.start 1', 'backup', 'start, quiet, snapshotDone, done'],
  ['vmbackup.snapshotDone', 'backup', 'start, quiet, snapshotDone, done'],
  ['vmbackup.abort', 'backup', 'abort: the host changes its mind'],
];

/** The ten rules that break real guests when they are missed. */
export const RULE_ROWS: readonly ProtocolRow[] = [
  ['OPEN answers ECX 0x00010000 and a low half of EDX of 0', 'real-guests', 'OPEN: ecx.high == 1'],
  ['exact status words, the HB bit only with sizes', 'message', 'are exact, low half and unused bits 0'],
  ['EDX high: 1 with a size, 2 with a payload word', 'real-guests', 'RECVPAYLOAD answers the payload constant'],
  ['high bandwidth answers EBX 0x00010000', 'real-guests', 'ebx is 0x00010000, exactly'],
  ['no cookies where none were asked for', 'message', 'cookies are never compared'],
  ['never a channel of all zeroes', 'real-guests', 'and never all zero'],
  ['port 0x5659 is there', 'message', 'high bandwidth sets EBX and nothing else'],
  ['GETSPEED is never the magic, unknown commands are all ones', 'commands', 'the speed is never the magic'],
  ['the RPCI answer is up at once', 'message', 'the answer is up at once'],
  ['CLOSE of a broken channel is accepted', 'session', 'a broken channel refuses all but CLOSE'],
];

/** How hosts behave beyond single calls. */
export const BEHAVIOUR_ROWS: readonly ProtocolRow[] = [
  ['wrong magic: all ones', 'ports/bus', "['no magic'"],
  ['1- and 2-byte IN', 'ports/bus', "['in ax'"],
  ['OUT to the port', 'ports/bus', "['out eax'"],
  ['vmcall and vmmcall', 'ports/bus', 'as it answers IN, with either direction flag'],
  ['commands of ring 0', 'commands', 'is unknown to every ring but 0'],
  ['zero-extended registers', 'real-guests', 'both are zero-extended'],
  ['at most maxChannels channels', 'message', 'at most maxChannels=%i'],
  ['64 KiB from the guest', 'message', '64 KiB is the longest message'],
  ['a counted NUL as an option', 'rpci', 'answers end with a counted NUL'],
  ['a ping every 15 s', 'session', 'pings 15 s after the last answer'],
  ['nothing on TCLO before the first empty send', 'session', 'waits for the first empty send'],
  ['an empty send while a message is up', 'real-guests', 'while nothing is up, and while something is'],
  ['registration by ATR', 'session', 'the log names the application as VMware does'],
  ['there can only be one owner', 'second-owner', 'there can only be 1'],
  ['wrong cookie is logged', 'message', 'a wrong cookie is logged as VMware does'],
  ['protocol errors are logged', 'log', 'Protocol error, state: 0'],
  ['a reply must come in 60 s', 'session', 'none within 60 s of the post'],
  ['reinitialised sessions', 'events', 'host.reinit: every TCLO channel breaks'],
  ['a malformed reply breaks the session', 'session', 'a rejected answer breaks the channel'],
  ['the address error', 'scenarios', 'addressError=break alone starts the failure'],
  ['checkpoint: once at a payload step', 'power', 'answers the checkpoint status once'],
  ['checkpoint: every channel dies', 'power', 'strict: every channel breaks'],
  ['a reset carried over the reopen', 'session', 'a reset is carried for one greeting only'],
  ['Set_Option at the start', 'session', 'Set_Option: the machine’s options come at the start'],
  ['unsolicited replies', 'session', 'a message that answers nothing'],
  ['the glitch', 'events', 'tclo.glitch: the next send is refused'],
  ['reset, then OS_Resume after a suspend', 'power', 'resets 2 s later and resumes after the greeting'],
  ['the store holds 1 MiB', 'rpci', 'holds 1 MiB'],
  ['requests are cut at NUL, binary ones are not', 'rpci', 'text is cut at NUL, binary data is not'],
  ['NIC list, version 3', 'nic-info', "describe('version 3'"],
  ['NIC list, version 2', 'nic-info', "describe('version 2'"],
  ['QEMU answers otherwise', 'personality', 'qemu: a few commands, no messages'],
];

/** The balloon, port 0x5670. */
export const BALLOON_ROWS: readonly ProtocolRow[] = [
  ['0 START', 'ports/bus', 'START with capabilities'],
  ['1 GET_TARGET', 'ports/bus', "'GET_TARGET'"],
  ['2 LOCK', 'ports/bus', "'LOCK'"],
  ['3 UNLOCK', 'ports/bus', "'UNLOCK'"],
  ['4 GUEST_ID', 'ports/bus', "'GUEST_ID'"],
  ['6 BATCHED_LOCK', 'ports/bus', "'BATCHED_LOCK'"],
  ['7 BATCHED_UNLOCK', 'ports/bus', "'BATCHED_UNLOCK'"],
  ['8 BATCHED_2M_LOCK', 'ports/bus', "'BATCHED_2M_LOCK'"],
  ['9 BATCHED_2M_UNLOCK', 'ports/bus', "'BATCHED_2M_UNLOCK'"],
  ['10 VMCI_DOORBELL_SET', 'ports/bus', "'VMCI_DOORBELL_SET'"],
];

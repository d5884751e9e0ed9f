/**
 * Numbers of the backdoor protocol, spelled as the public headers spell them (open-vm-tools `backdoor_def.h`,
 * `guest_msg_def.h`).
 */

export const BDOOR_MAGIC = 0x564d5868;
/** Port of the plain commands. */
export const BDOOR_PORT = 0x5658;
/** Port of the high-bandwidth transfers. */
export const BDOORHB_PORT = 0x5659;
/** What GETVERSION answers in EAX. */
export const VERSION_MAGIC = 6;

// Commands, low half of ECX.
export const BDOOR_CMD_GETMHZ = 0x01;
export const BDOOR_CMD_APMFUNCTION = 0x02;
export const BDOOR_CMD_GETDISKGEO = 0x03;
export const BDOOR_CMD_GETPTRLOCATION = 0x04;
export const BDOOR_CMD_SETPTRLOCATION = 0x05;
export const BDOOR_CMD_GETSELLENGTH = 0x06;
export const BDOOR_CMD_GETNEXTPIECE = 0x07;
export const BDOOR_CMD_SETSELLENGTH = 0x08;
export const BDOOR_CMD_SETNEXTPIECE = 0x09;
export const BDOOR_CMD_GETVERSION = 0x0a;
export const BDOOR_CMD_GETDEVICELISTELEMENT = 0x0b;
export const BDOOR_CMD_TOGGLEDEVICE = 0x0c;
export const BDOOR_CMD_GETGUIOPTIONS = 0x0d;
export const BDOOR_CMD_SETGUIOPTIONS = 0x0e;
export const BDOOR_CMD_GETSCREENSIZE = 0x0f;
export const BDOOR_CMD_GETHWVERSION = 0x11;
export const BDOOR_CMD_OSNOTFOUND = 0x12;
export const BDOOR_CMD_GETUUID = 0x13;
export const BDOOR_CMD_GETMEMSIZE = 0x14;
export const BDOOR_CMD_GETTIME = 0x17;
export const BDOOR_CMD_STOPCATCHUP = 0x18;
export const BDOOR_CMD_MESSAGE = 0x1e;
export const BDOOR_CMD_ISACPIDISABLED = 0x22;
export const BDOOR_CMD_ISMOUSEABSOLUTE = 0x24;
export const BDOOR_CMD_ABSPOINTER_DATA = 0x27;
export const BDOOR_CMD_ABSPOINTER_STATUS = 0x28;
export const BDOOR_CMD_ABSPOINTER_COMMAND = 0x29;
export const BDOOR_CMD_GETHZ = 0x2d;
export const BDOOR_CMD_GETTIMEFULL = 0x2e;
export const BDOOR_CMD_GETTIMEFULL_WITH_LAG = 0x37;
export const BDOOR_CMD_NESTING_CONTROL = 0x3f;
export const BDOOR_CMD_GET_VCPU_INFO = 0x44;
export const BDOOR_CMD_MKS_GUEST_STATS = 0x55;
export const BDOOR_CMD_ABSPOINTER_RESTRICT = 0x56;
export const BDOOR_CMD_STEALCLOCK = 0x5b;
export const BDOOR_CMD_PRECISIONCLOCK = 0x61;
export const BDOOR_CMD_GETBUILDNUM = 0x64;

/** The commands end below this number (open-vm-tools 13.1, `BDOOR_CMD_MAX`). */
export const BDOOR_MAX_COMMAND = 105;

/** The one command of the high-bandwidth port, low half of EBX there. */
export const BDOORHB_CMD_MESSAGE = 0;

// Sub commands of BDOOR_CMD_MESSAGE, high half of ECX.
export const MESSAGE_TYPE_OPEN = 0;
export const MESSAGE_TYPE_SENDSIZE = 1;
export const MESSAGE_TYPE_SENDPAYLOAD = 2;
export const MESSAGE_TYPE_RECVSIZE = 3;
export const MESSAGE_TYPE_RECVPAYLOAD = 4;
export const MESSAGE_TYPE_RECVSTATUS = 5;
export const MESSAGE_TYPE_CLOSE = 6;

// Status bits, high half of ECX (low bandwidth) or EBX (high bandwidth) on return.
export const MESSAGE_STATUS_SUCCESS = 0x01;
export const MESSAGE_STATUS_DORECV = 0x02;
export const MESSAGE_STATUS_CLOSED = 0x04;
export const MESSAGE_STATUS_UNSENT = 0x08;
export const MESSAGE_STATUS_CPT = 0x10;
export const MESSAGE_STATUS_POWEROFF = 0x20;
export const MESSAGE_STATUS_TIMEOUT = 0x40;
export const MESSAGE_STATUS_HB = 0x80;

// Protocol numbers of OPEN.
export const RPCI_PROTOCOL_NUM = 0x49435052;
export const TCLO_PROTOCOL_NUM = 0x4f4c4354;
export const GUESTMSG_FLAG_COOKIE = 0x80000000;

/** Longest message a guest may send, in bytes (`GUESTMSG_MAX_IN_SIZE`). */
export const GUESTMSG_MAX_IN_SIZE = 65536;

/** The two message protocols. */
export type Protocol = 'rpci' | 'tclo';

/** One step of a message conversation: what a fault names and a trace shows. */
export type MessageStep = 'open' | 'sendsize' | 'send' | 'recvsize' | 'receive' | 'status' | 'close';

/** Step of each sub command, by its number. Sub commands beyond the table do not exist. */
export const MESSAGE_STEPS: readonly MessageStep[] = [
  'open',
  'sendsize',
  'send',
  'recvsize',
  'receive',
  'status',
  'close',
];

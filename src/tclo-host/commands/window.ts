import * as c from '../../protocol/constants.ts';
import { type CommandRow, UNKNOWN } from './row.ts';

/** EAX of GETSELLENGTH where the exchange of selections is switched off (-2). */
const EXCHANGE_DISABLED = 0xfffffffe;
/** Top bit of TOGGLEDEVICE's argument. */
const DEVICE_CONNECT = 0x80000000;

/** The window that shows the guest: pointer, selection, devices that can be taken out, its settings. */
export const WINDOW_COMMANDS: readonly CommandRow[] = [
  {
    number: c.BDOOR_CMD_GETPTRLOCATION,
    name: 'GETPTRLOCATION',
    inputs: '-',
    outputs: ['eax'],
    users: 'vmtoolsd dndcp, xvmware',
    source: 'open-vm-tools pointer.cpp: x in the high half, y in the low one',
    answer: (registers, { window }) => {
      registers.eax = window.pointerX * 0x10000 + window.pointerY;
    },
  },
  {
    number: c.BDOOR_CMD_SETPTRLOCATION,
    name: 'SETPTRLOCATION',
    inputs: 'EBX = x << 16 | y',
    outputs: [],
    users: 'vmtoolsd dndcp, xvmware',
    source: 'open-vm-tools pointer.cpp, which looks at no answer',
    answer: ({ ebx }, { window }) => window.point(ebx >>> 16, ebx & 0xffff),
  },
  {
    number: c.BDOOR_CMD_GETSELLENGTH,
    name: 'GETSELLENGTH',
    inputs: '-',
    outputs: ['eax'],
    users: 'vmtoolsd dndcp, xvmware',
    source: 'open-vm-tools copyPasteCompatX11.c: all ones, nothing there yet; -2, switched off',
    answer: (registers, { window }) => {
      registers.eax = window.exchanges ? (window.takeOffer() ?? UNKNOWN) : EXCHANGE_DISABLED;
    },
  },
  {
    number: c.BDOOR_CMD_GETNEXTPIECE,
    name: 'GETNEXTPIECE',
    inputs: '-',
    outputs: ['eax'],
    users: 'vmtoolsd dndcp, xvmware, once for every 4 bytes',
    source: 'open-vm-tools copyPasteCompatX11.c; ASSUMED: 0 behind the end',
    answer: (registers, { window }) => {
      registers.eax = window.nextPiece();
    },
  },
  {
    number: c.BDOOR_CMD_SETSELLENGTH,
    name: 'SETSELLENGTH',
    inputs: 'EBX = bytes',
    outputs: [],
    users: 'vmtoolsd dndcp, xvmware',
    source: 'open-vm-tools copyPasteCompatX11.c, which looks at no answer; ASSUMED: too long a one is not taken',
    answer: ({ ebx }, { window }) => window.announceSelection(ebx),
  },
  {
    number: c.BDOOR_CMD_SETNEXTPIECE,
    name: 'SETNEXTPIECE',
    inputs: 'EBX = 4 bytes, little-endian',
    outputs: [],
    users: 'vmtoolsd dndcp, xvmware',
    source: 'open-vm-tools copyPasteCompatX11.c, which looks at no answer',
    answer: ({ ebx }, { window }) => window.takePiece(ebx),
  },
  {
    number: c.BDOOR_CMD_GETDEVICELISTELEMENT,
    name: 'GETDEVICELISTELEMENT',
    inputs: 'EBX = device << 16 | offset into its entry',
    outputs: ['eax', 'ebx'],
    users: 'vmware-toolbox-cmd device',
    source: 'open-vm-tools removable_device.h: name[32], number, connected; EAX = 0: no such device or place',
    answer: (registers, { window }) => {
      const word = window.deviceWord(registers.ebx >>> 16, registers.ebx & 0xffff);
      registers.eax = word === null ? 0 : 1;
      if (word !== null) registers.ebx = word;
    },
  },
  {
    number: c.BDOOR_CMD_TOGGLEDEVICE,
    name: 'TOGGLEDEVICE',
    inputs: 'EBX = device, top bit: connect',
    outputs: ['eax'],
    users: 'vmware-toolbox-cmd device',
    source: 'open-vm-tools guestApp: EAX is whether it was done',
    answer: (registers, { window }) => {
      const connect = registers.ebx >= DEVICE_CONNECT;
      registers.eax = window.toggleDevice(registers.ebx & ~DEVICE_CONNECT, connect) ? 1 : 0;
    },
  },
  {
    number: c.BDOOR_CMD_GETGUIOPTIONS,
    name: 'GETGUIOPTIONS',
    inputs: '-',
    outputs: ['eax'],
    users: 'vmware-toolbox-cmd timesync, xvmware',
    source: 'open-vm-tools vmware-tools guest_app.h: VMWARE_GUI_*',
    answer: (registers, { window }) => {
      registers.eax = window.guiOptions;
    },
  },
  {
    number: c.BDOOR_CMD_SETGUIOPTIONS,
    name: 'SETGUIOPTIONS',
    inputs: 'EBX = flags',
    outputs: [],
    users: 'vmware-toolbox-cmd timesync, xvmware',
    source: 'open-vm-tools guestApp, which looks at no answer',
    answer: ({ ebx }, { window }) => {
      window.guiOptions = ebx;
    },
  },
  {
    number: c.BDOOR_CMD_GETSCREENSIZE,
    name: 'GETSCREENSIZE',
    inputs: '-',
    outputs: ['eax'],
    users: 'old tools',
    source: 'ASSUMED: width in the high half, height in the low one (Ken Kato)',
    answer: (registers, { identity }) => {
      registers.eax = identity.screenWidth * 0x10000 + identity.screenHeight;
    },
  },
];

import type { ObjectFile } from '../../object/index.ts';
import { structuresOf } from '../common/structures.ts';

/** Where fields lie in the kernel's structures, bytes. */
export interface Offsets {
  /** struct work_struct: its function. */
  readonly work: Readonly<Record<'func', number>>;
  /** struct timer_list: when and what. */
  readonly timer: Readonly<Record<'expires' | 'function', number>>;
  /** struct ptp_clock_info: the clock's name. */
  readonly ptpName: number;
  /** struct acpi_driver: the first of its operations. */
  readonly acpiAdd: number;
  /** struct serio_driver: its callbacks for a port. */
  readonly serioConnect: number;
  readonly serioDisconnect: number;
  /** struct serio: two texts. */
  readonly serio: Readonly<Record<'name' | 'phys', number>>;
  /** struct file_operations: three of them. */
  readonly fileOperations: Readonly<Record<'open' | 'read' | 'write', number>>;
  /** struct ps2dev: its port. */
  readonly ps2Serio: number;
  /** struct input_dev: a pointer to its name. */
  readonly inputName: number;
  /** struct balloon_dev_info: the list of its pages. */
  readonly balloonPages: number;
  /** struct page: its place in a list, and its size. */
  readonly pageList: number;
  readonly pageSize: number;
}

/** Bytes of a structure that a field of the object's own is believed in. */
const ROOM = 4096;

/** Linux 4 to 6.12 by the size of a pointer; a struct page with Debian's configuration. */
function knownOffsets(word: 4 | 8): Offsets {
  return {
    work: { func: 3 * word },
    timer: { expires: 2 * word, function: 3 * word },
    ptpName: word,
    // Name and class of 80 bytes each, ids, flags.
    acpiAdd: 160 + 2 * word,
    serioConnect: 5 * word,
    // Behind `reconnect` and, since Linux 5.0, `fast_reconnect`.
    serioDisconnect: 8 * word,
    serio: { name: word, phys: word + 32 },
    // Before 6.12; since then flags come second. In Linux 5 `open` is one further.
    fileOperations: { read: 2 * word, write: 3 * word, open: 13 * word },
    ps2Serio: 0,
    inputName: 0,
    balloonPages: 2 * word,
    pageList: word,
    pageSize: word === 8 ? 64 : 40,
  };
}

/** The object's own offsets where it has debug information, else those that are known. */
export function offsetsOf(object: ObjectFile, wordSize: 4 | 8): Offsets {
  const known = knownOffsets(wordSize);
  const { offset, offsets, size } = structuresOf(object);
  return {
    work: offsets('work_struct', { func: 'func' }, ROOM, known.work),
    timer: offsets('timer_list', { expires: 'expires', function: 'function' }, ROOM, known.timer),
    ptpName: offset('ptp_clock_info', 'name', ROOM, known.ptpName),
    acpiAdd: offset('acpi_driver', 'ops.add', ROOM, known.acpiAdd),
    serioConnect: offset('serio_driver', 'connect', ROOM, known.serioConnect),
    serioDisconnect: offset('serio_driver', 'disconnect', ROOM, known.serioDisconnect),
    serio: offsets('serio', { name: 'name', phys: 'phys' }, ROOM, known.serio),
    fileOperations: offsets(
      'file_operations',
      { open: 'open', read: 'read', write: 'write' },
      ROOM,
      known.fileOperations,
    ),
    ps2Serio: offset('ps2dev', 'serio', ROOM, known.ps2Serio),
    inputName: offset('input_dev', 'name', ROOM, known.inputName),
    balloonPages: offset('balloon_dev_info', 'pages', ROOM, known.balloonPages),
    pageList: offset('page', 'lru', ROOM, known.pageList),
    pageSize: size('page', ROOM, known.pageSize),
  };
}

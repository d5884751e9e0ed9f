import { type StateCell, States } from '../../state.ts';

/** Words that the queue holds; an event that does not fit whole is dropped (QEMU hw/i386/vmmouse.c). */
export const MOUSE_QUEUE_LIMIT = 1024;

// Arguments of ABSPOINTER_COMMAND (Linux drivers/input/mouse/vmmouse.c).
const VMMOUSE_CMD_ENABLE = 0x45414552;
const VMMOUSE_CMD_DISABLE = 0x000000f5;
const VMMOUSE_CMD_REQUEST_RELATIVE = 0x4c455252;
const VMMOUSE_CMD_REQUEST_ABSOLUTE = 0x53424152;

/** The first word after enabling: "JUB4". */
const VMMOUSE_VERSION_ID = 0x3442554a;
/** High half of the status of a mouse that is off, or was read wrongly. */
const VMMOUSE_ERROR = 0xffff;
/** Most words of one read: as many as there are registers for them. */
const MOST_WORDS = 6;

// First word of an event.
const VMMOUSE_RELATIVE_PACKET = 0x00010000;
const VMMOUSE_LEFT_BUTTON = 0x20;
const VMMOUSE_RIGHT_BUTTON = 0x10;
const VMMOUSE_MIDDLE_BUTTON = 0x08;

// Who may use it (ABSPOINTER_RESTRICT).
const VMMOUSE_RESTRICT_ANY = 0;
const VMMOUSE_RESTRICT_IOPL = 2;

/** A move of the mouse. Absolute: 0 to 0xFFFF over the window; relative: signed steps. */
export interface MouseEvent {
  readonly x: number;
  readonly y: number;
  /** Wheel steps, signed. */
  readonly z?: number;
  readonly left?: boolean;
  readonly right?: boolean;
  readonly middle?: boolean;
}

/** Plain data. */
export interface MouseState {
  queue: number[];
  error: boolean;
  absolute: boolean;
  restriction: number;
}

/** VMware's mouse: the guest is nudged by a PS/2 byte and then reads words through the backdoor. */
export class VmMouse {
  readonly state: StateCell<MouseState>;
  /** The PS/2 byte that makes the guest look. A model of the keyboard controller raises its interrupt. */
  onNudge: (() => void) | null = null;

  constructor(states: States = new States()) {
    const off = { queue: [], error: true, absolute: false, restriction: VMMOUSE_RESTRICT_ANY };
    this.state = states.cell<MouseState>('mouse', off);
  }

  get absolute(): boolean {
    return this.state.now.absolute;
  }

  /** EAX of ABSPOINTER_STATUS. */
  get status(): number {
    const { error, queue } = this.state.now;
    return (error ? VMMOUSE_ERROR : 0) * 0x10000 + queue.length;
  }

  /** Whether ABSPOINTER_RESTRICT keeps the ring out. ASSUMED: no ring but 0 has I/O privilege. */
  forbids(ring: number): boolean {
    return this.state.now.restriction !== VMMOUSE_RESTRICT_ANY && ring !== 0;
  }

  /** Moves the mouse. False: it is off, or the queue is full, and the event is lost. */
  move({ x, y, z = 0, left = false, right = false, middle = false }: MouseEvent): boolean {
    const { queue, error, absolute } = this.state.now;
    if (error || queue.length > MOUSE_QUEUE_LIMIT - 4) return false;
    const flags =
      (absolute ? 0 : VMMOUSE_RELATIVE_PACKET) |
      (left ? VMMOUSE_LEFT_BUTTON : 0) |
      (right ? VMMOUSE_RIGHT_BUTTON : 0) |
      (middle ? VMMOUSE_MIDDLE_BUTTON : 0);
    this.state.change.queue.push(flags, x >>> 0, y >>> 0, z >>> 0);
    this.onNudge?.();
    return true;
  }

  command(word: number): void {
    const state = this.state.change;
    if (word === VMMOUSE_CMD_ENABLE) {
      if (state.queue.length >= MOUSE_QUEUE_LIMIT) return;
      state.error = false;
      state.queue.push(VMMOUSE_VERSION_ID);
    } else if (word === VMMOUSE_CMD_DISABLE) this.#fail();
    else if (word === VMMOUSE_CMD_REQUEST_ABSOLUTE && !state.error) state.absolute = true;
    else if (word === VMMOUSE_CMD_REQUEST_RELATIVE && !state.error) state.absolute = false;
  }

  /** The oldest `count` words. More than there are, or than there are registers: none, and an error state. */
  read(count: number): number[] {
    const { queue } = this.state.change;
    if (count >= 1 && count <= MOST_WORDS && count <= queue.length) return queue.splice(0, count);
    this.#fail();
    return [];
  }

  restrict(to: number): void {
    if (to <= VMMOUSE_RESTRICT_IOPL) this.state.change.restriction = to;
  }

  /** ASSUMED: the queue is lost; a guest that enables it again must find the version first. */
  #fail(): void {
    Object.assign(this.state.change, { error: true, absolute: false, queue: [] });
  }
}

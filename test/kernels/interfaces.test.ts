import { afterEach, describe, expect, test } from 'vitest';
import type { Guest, KernelName } from '../../src/guest/index.ts';
import type { NetworkInterfaceOptions } from '../../src/guest/interfaces.ts';
import { createGuest } from '../../src/kernels/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { compileBytes, hasCompiler, KERNEL, MACHINES, type TestMachine } from '../guest/support/compile.ts';

/**
 * The lists of interfaces as compiled code walks them: laid out as the release has them and without a word of that in
 * the object, and laid out in a way that no release has, which only its debug information tells.
 */

let open: Guest[] = [];

afterEach(() => {
  for (const guest of open) guest.close();
  open = [];
});

const INTERFACES: readonly NetworkInterfaceOptions[] = [
  { name: 'lo0', addresses: ['127.0.0.1/8', '::1/128'] },
  { name: 'vmx0', mac: '00:50:56:01:02:03', addresses: ['10.0.0.5/24', '2001:db8::5/64'] },
  { name: 'a-name-too-long-for-any-of-them', addresses: [] },
];

const WALKED = [
  'lo0:',
  ' link 0 of 3 at lo0',
  ' 127.0.0.1 mask 255.0.0.0 of lo0',
  ' 0:0:0:0:0:0:0:1 mask ffff of lo0',
  'vmx0:',
  ' link 6 of 4 at vmx0 03',
  ' 10.0.0.5 mask 255.255.255.0 of vmx0',
  ' 2001:db8:0:0:0:0:0:5 mask ffff of vmx0',
  'a-name-too-long:',
  ' link 0 of 15 at a-name-too-long',
];

const CHANGED = [
  ...WALKED.slice(0, 2),
  ...WALKED.slice(4, 6),
  ' 10.0.0.9 mask 255.255.0.0 of vmx0',
  ' 10.0.0.10 mask 255.255.0.0 of vmx0',
  ' 2001:db8:0:0:0:0:0:9 mask ffff of vmx0',
  ' 10.0.0.11 mask 255.255.0.0 of vmx0',
  ...WALKED.slice(8),
];

/** Socket addresses, odd: two more words before everything else, and one before the address. */
const SOCKETS = `
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned long word;
int printf(const char *, ...);
#define AT(wide, narrow) (__SIZEOF_POINTER__ == 8 ? wide : narrow)
#ifdef ODD
#define FRONT u8 front[12];
#define MIDDLE u8 middle[4];
#else
#define FRONT
#define MIDDLE
#endif
struct sockaddr { FRONT u8 sa_len, sa_family; };
struct sockaddr_in { FRONT u8 sin_len, sin_family; u16 sin_port; MIDDLE u8 sin_addr[4]; u8 sin_zero[8]; };
struct sockaddr_in6 { FRONT u8 sin6_len, sin6_family; u16 sin6_port; unsigned flow; MIDDLE u8 sin6_addr[16]; unsigned s; };
struct sockaddr_dl { FRONT u8 sdl_len, sdl_family; u16 sdl_index; MIDDLE LINK };
`;

/** The two ways to write a sockaddr_dl. */
const FLAT = `
#define LINK u8 sdl_type, sdl_nlen, sdl_alen, sdl_slen; u8 sdl_data[24];
#define OF_LINK(l, field) l->sdl_##field
`;
const NESTED = `
#define LINK struct { u8 dl_type, dl_nlen, dl_alen, dl_slen; u8 dl_data[24]; } sdl_addr;
#define OF_LINK(l, field) l->sdl_addr.dl_##field
`;

const WALK = `
static int groups(const u8 *a, int i) { return a[2 * i] << 8 | a[2 * i + 1]; }
void walk(void) {
  ifnet_t *i; ifaddr_t *a;
  for (i = FIRST_INTERFACE; i; i = NEXT_INTERFACE(i)) {
    printf("%s:\\n", i->if_xname);
    for (a = FIRST_ADDRESS(i); a; a = NEXT_ADDRESS(a)) {
      const u8 *p = ((struct sockaddr_in *)a->ifa_addr)->sin_addr, *m = ((struct sockaddr_in *)a->ifa_netmask)->sin_addr;
      const u8 *q = ((struct sockaddr_in6 *)a->ifa_addr)->sin6_addr, *n = ((struct sockaddr_in6 *)a->ifa_netmask)->sin6_addr;
      struct sockaddr_dl *l = (struct sockaddr_dl *)a->ifa_addr;
      switch (a->ifa_addr->sa_family) {
      case 18: printf(" link %d of %d at %.*s", OF_LINK(l, alen), OF_LINK(l, nlen), OF_LINK(l, nlen), OF_LINK(l, data));
        if (OF_LINK(l, alen)) printf(" %02x", OF_LINK(l, data)[OF_LINK(l, nlen) + 5]);
        printf("\\n"); break;
      case 2: printf(" %d.%d.%d.%d mask %d.%d.%d.%d of %s\\n", p[0], p[1], p[2], p[3], m[0], m[1], m[2], m[3], a->ifa_ifp->if_xname); break;
      case AF_INET6: printf(" %x:%x:%x:%x:%x:%x:%x:%x mask %x of %s\\n", groups(q, 0), groups(q, 1), groups(q, 2), groups(q, 3),
        groups(q, 4), groups(q, 5), groups(q, 6), groups(q, 7), groups(n, 0), a->ifa_ifp->if_xname); break;
      default: printf(" family %d\\n", a->ifa_addr->sa_family);
      }
    }
  }
}
`;

interface System {
  readonly kernel: KernelName;
  readonly name: string;
  readonly link: string;
  readonly inet6: number;
  /** Its structures, by ODD, and how to walk them. */
  readonly source: string;
}

const IFADDR = `struct ifnet; typedef struct ifaddr {
#ifdef ODD
  word odd; struct ifnet *ifa_ifp; ODD_ENTRY struct sockaddr *ifa_netmask, *ifa_addr;
#else
  struct sockaddr *ifa_addr, *ifa_dstaddr, *ifa_netmask; struct ifnet *ifa_ifp; ENTRY
#endif
} ifaddr_t;
`;

const TAILQ = `#define ENTRY struct { struct ifaddr *tqe_next, **tqe_prev; } ifa_list;
#define ODD_ENTRY ENTRY
${IFADDR}
typedef struct ifnet {
#ifdef ODD
  char if_xname[16]; word odd[9]; struct { ifaddr_t *first, **last; } if_addrlist; struct { struct ifnet *tqe_next, **tqe_prev; } if_list;
#else
  u8 before[AT(LIST)]; struct { struct ifnet *tqe_next, **tqe_prev; } if_list; struct { ifaddr_t *first, **last; } if_addrlist;
  u8 between[AT(NAME)]; char if_xname[16];
#endif
} ifnet_t;
#define NEXT_INTERFACE(i) i->if_list.tqe_next
#define FIRST_ADDRESS(i) i->if_addrlist.first
#define NEXT_ADDRESS(a) a->ifa_list.tqe_next
`;

const PSLIST = `struct entry { struct entry **prev, *next; };
#define ENTRY word more[AT(10, 13)]; struct entry ifa_pslist_entry;
#define ODD_ENTRY struct entry ifa_pslist_entry;
${IFADDR}
typedef struct ifnet {
#ifdef ODD
  word odd[2]; struct entry if_pslist_entry; char if_xname[16]; struct entry *if_addr_pslist;
#else
  u8 before[AT(40, 20)]; char if_xname[16]; u8 between[AT(800, 452)]; struct entry if_pslist_entry; u8 psref[AT(16, 8)];
  struct entry *if_addr_pslist;
#endif
} ifnet_t;
extern struct entry *ifnet_pslist;
#define OF(entry, type, field) ((entry) ? (type *)((char *)(entry) - __builtin_offsetof(type, field)) : (type *)0)
#define FIRST_INTERFACE OF(ifnet_pslist, ifnet_t, if_pslist_entry)
#define NEXT_INTERFACE(i) OF(i->if_pslist_entry.next, ifnet_t, if_pslist_entry)
#define FIRST_ADDRESS(i) OF(i->if_addr_pslist, ifaddr_t, ifa_pslist_entry)
#define NEXT_ADDRESS(a) OF(a->ifa_pslist_entry.next, ifaddr_t, ifa_pslist_entry)
`;

const STAILQ = `#define ENTRY void *carp; struct { struct ifaddr *stqe_next; } ifa_link;
#define ODD_ENTRY struct { struct ifaddr *stqe_next; } ifa_link;
${IFADDR}
struct head { struct ifnet *first, **last; };
typedef struct ifnet {
#ifdef ODD
  word odd[3]; struct { ifaddr_t *first, **last; } if_addrhead; ifaddr_t *if_addr; char if_xname[16]; struct { struct ifnet *next; } if_link;
#else
  struct { struct ifnet *next; } if_link; u8 before[AT(80, 44)]; char if_xname[16]; u8 between[AT(344, 220)];
  struct { ifaddr_t *first, **last; } if_addrhead; u8 multi[AT(24, 12)]; ifaddr_t *if_addr;
#endif
} ifnet_t;
struct vnet { word before[AT(3, 3)]; int magic[AT(4, 4)]; word vnet_data_base; };
struct thread { word before[21]; struct vnet *td_vnet; };
struct vnet v; struct thread t;
`;

const DIRECT = `#define NEXT_INTERFACE(i) i->if_link.next
#define FIRST_ADDRESS(i) i->if_addrhead.first
#define NEXT_ADDRESS(a) a->ifa_link.stqe_next
`;

/** Without virtual networks; through that of the current thread; by iterators. */
const FREEBSD: readonly (readonly [string, string])[] = [
  ['ifnet', `${DIRECT}extern struct head ifnet;\n#define FIRST_INTERFACE ifnet.first`],
  [
    'V_ifnet',
    `${DIRECT}extern struct head vnet_entry_ifnet;
     static struct thread *self(void) { struct thread *td; __asm__("mov %%" SEGMENT ":0, %0" : "=r"(td)); return td; }
     #define FIRST_INTERFACE ((struct head *)((char *)&vnet_entry_ifnet + self()->td_vnet->vnet_data_base))->first`,
  ],
  [
    'iterators',
    `struct iter { void *context[4]; }; static struct iter outer, inner;
     ifnet_t *if_iter_start(struct iter *), *if_iter_next(struct iter *); void if_iter_finish(struct iter *);
     ifaddr_t *ifa_iter_start(ifnet_t *, struct iter *), *ifa_iter_next(struct iter *);
     extern struct head vnet_entry_ifnet;
     #define FIRST_INTERFACE if_iter_start(&outer)
     #define NEXT_INTERFACE(i) (if_iter_next(&outer))
     #define FIRST_ADDRESS(i) ifa_iter_start(i, &inner)
     #define NEXT_ADDRESS(a) (ifa_iter_next(&inner))`,
  ],
];

const netbsdQueue = TAILQ.replace('LIST', '8, 4').replace('NAME', '0, 0');
const SYSTEMS: readonly System[] = [
  {
    ...{ kernel: 'openbsd', name: 'ifnetlist', link: FLAT, inet6: 24 },
    source: `${TAILQ.replace('LIST', '16, 12').replace('NAME', '88, 44')}
      extern struct { ifnet_t *first, **last; } ifnetlist;\n#define FIRST_INTERFACE ifnetlist.first`,
  },
  { kernel: 'netbsd', name: 'ifnet_pslist', link: NESTED, inet6: 24, source: PSLIST },
  ...['ifnet_list', 'ifnet'].map((name): System => {
    const head = `extern struct { ifnet_t *first, **last; } ${name};\n#define FIRST_INTERFACE ${name}.first`;
    return { kernel: 'netbsd', name, link: NESTED, inet6: 24, source: `${netbsdQueue}${head}` };
  }),
  ...FREEBSD.map(([name, source]): System => {
    return { kernel: 'freebsd', name, link: FLAT, inet6: 28, source: `${STAILQ}${source}` };
  }),
];

function load(system: System, machine: TestMachine, flags: readonly string[]): Guest {
  const { kernel, link, inet6, source } = system;
  const segment = machine === 'amd64' ? 'gs' : 'fs';
  const defines = `#define AF_INET6 ${inet6}\n#define SEGMENT "${segment}"\n`;
  const text = `${defines}${link}${SOCKETS}${source}${WALK}`;
  const bytes = compileBytes(text, machine, ['-O1', '-w', ...KERNEL[machine], ...flags]);
  const guest = createGuest(parseObject(bytes, 'x.o'), { kernel, interfaces: INTERFACES });
  open.push(guest);
  return guest;
}

describe.skipIf(!hasCompiler).each(MACHINES)('interfaces on %s', (machine) => {
  describe.each(SYSTEMS)('$kernel, $name', (system) => {
    test.each([
      ['as the release has them', []],
      ['as the release has them, and says so', ['-g']],
      ['as only this object has them', ['-g', '-DODD']],
    ])('%s', (_, flags) => {
      const guest = load(system, machine, flags);
      expect(guest.call('walk').outcome).toBeNull();
      expect(guest.console.map(({ text }) => text)).toEqual(WALKED);
    });

    test('and other addresses in mid-run, until the guest is what it was', () => {
      const guest = load(system, machine, ['-g', '-DODD']);
      const before = guest.snapshot();
      guest.setAddresses('lo0', []);
      guest.setAddresses('vmx0', ['10.0.0.9/16', '10.0.0.10/16', '2001:db8::9/64', '10.0.0.11/16']);
      guest.setAddresses('vmx9', ['10.0.0.12/16']);
      guest.call('walk');
      expect(guest.console.map(({ text }) => text)).toEqual(CHANGED);
      guest.restore(before);
      guest.call('walk');
      expect(guest.console.map(({ text }) => text)).toEqual(WALKED);
    });
  });

  test.each([[[]], [['-g', '-DODD']]])(
    'FreeBSD’s functions that call back for each interface and address %j',
    (flags) => {
      const visits = `
      int if_foreach(int (*)(ifnet_t *, void *), void *); char *if_name(ifnet_t *); extern struct head vnet_entry_ifnet;
      unsigned if_foreach_addr_type(ifnet_t *, int, unsigned (*)(void *, ifaddr_t *, unsigned), void *);
      unsigned if_foreach_lladdr(ifnet_t *, unsigned (*)(void *, struct sockaddr_dl *, unsigned), void *);
      static unsigned address(void *text, ifaddr_t *a, unsigned count) {
        printf(" %s %d in %s, %u\\n", text, a->ifa_addr->sa_family, a->ifa_ifp->if_xname, count); return 10; }
      static unsigned ethernet(void *text, struct sockaddr_dl *l, unsigned count) {
        printf(" %s %.*s, %u\\n", text, OF_LINK(l, nlen), OF_LINK(l, data), count); return 1; }
      static int visit(ifnet_t *i, void *last) {
        printf("%s\\n", if_name(i));
        printf(" sum %u\\n", if_foreach_addr_type(i, 2, address, "inet") + if_foreach_addr_type(i, AF_INET6, address, "inet6") +
          if_foreach_lladdr(i, ethernet, "link"));
        return if_name(i)[0] == *(char *)last ? 42 : 0; }
      int all(void) { return if_foreach(visit, "?"); } int some(void) { return if_foreach(visit, "v"); }`;
      const system = SYSTEMS.find(({ name }) => name === 'V_ifnet');
      if (system === undefined) throw new Error('no such system');
      const guest = load({ ...system, source: `${system.source}\n${visits}` }, machine, flags);
      expect(guest.call('all')).toMatchObject({ outcome: null, value: 0n });
      const reported = [
        ...['lo0', ' inet 2 in lo0, 0', ' inet6 28 in lo0, 0', ' link lo0, 0', ' sum 21'],
        ...['vmx0', ' inet 2 in vmx0, 0', ' inet6 28 in vmx0, 0', ' link vmx0, 0', ' sum 21'],
        ...['a-name-too-long', ' link a-name-too-long, 0', ' sum 1'],
      ];
      expect(guest.console.map(({ text }) => text)).toEqual(reported);
      expect(guest.call('some')).toMatchObject({ outcome: null, value: 42n });
      expect(guest.console.map(({ text }) => text)).toEqual([...reported, ...reported.slice(0, 10)]);
    },
  );

  test('what FreeBSD’s drivers ask of an interface without looking into it', () => {
    const accessors = `void *if_getifaddr(ifnet_t *); u8 *if_getlladdr(ifnet_t *); char *if_name(ifnet_t *);
      unsigned if_lladdr_count(ifnet_t *);
      void ask(void) { ifnet_t *i = FIRST_INTERFACE; i = NEXT_INTERFACE(i); u8 *l = if_getlladdr(i);
        printf("%s %d %02x:%02x %u\\n", if_name(i), if_getifaddr(i) == FIRST_ADDRESS(i), l[0], l[5], if_lladdr_count(i)); }`;
    for (const system of SYSTEMS.filter(({ kernel, name }) => kernel === 'freebsd' && name !== 'iterators')) {
      const guest = load({ ...system, source: `${system.source}\n${accessors}` }, machine, ['-g', '-DODD']);
      expect(guest.call('ask').outcome).toBeNull();
      expect(guest.console.map(({ text }) => text)).toEqual(['vmx0 1 00:03 1']);
    }
  });
});

/** The modelled kernel around a guest: openbsd, netbsd, freebsd, linux, user, bare. It must not know a port or a host. */
export { chooseKernel, KERNEL_MEANINGS, KERNELS } from './choose.ts';
export { MORE_ADDRESSES } from './common/ifaddrs.ts';
export { createGuest } from './create-guest.ts';
export { guessKernel } from './guess.ts';

#!/bin/sh
# Builds the guest objects of fixtures/kernels, byte for byte the same with the same compiler.
#
#   scripts/build-fixtures.sh          into fixtures/kernels, beside the sources
#   scripts/build-fixtures.sh FOLDER   into another folder
#
# Needs gcc and binutils (as, ld, objcopy). What compiled the objects is recorded in COMPILER.
set -eu

kernels=$(cd "$(dirname "$0")/../fixtures/kernels" && pwd)
out=${1:-$kernels}
mkdir -p "$out/planted" "$out/sequence"
out=$(cd "$out" && pwd)
cd "$kernels"

# As a kernel is built: no library, no host header, no vector registers. The prefix map keeps
# this folder's path out of the debug information.
common="-g -O2 -std=gnu11 -Wall -Wextra -Werror -ffreestanding -fno-builtin -nostdinc
  -fno-pic -fno-pie -fno-common -fno-strict-aliasing -fno-omit-frame-pointer
  -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none
  -mno-mmx -mno-sse -msoft-float -ffile-prefix-map=$kernels=."
amd64="-m64 -mcmodel=kernel -mno-red-zone"
i386="-m32 -march=i686"

compile() { # object source flags...
  object=$1 source=$2
  shift 2
  echo "$object"
  gcc $common "$@" -c -o "$out/$object" "$source"
}

flat() { # binary object
  echo "$1"
  objcopy -O binary -j .text "$out/$2" "$out/$1"
}

# The driver whose functions may be taken by others.
core() { # source weak flags...
  source=$1 weak=$2
  shift 2
  gcc $common "$@" -DVMT_PATCHED -include "planted/$weak.h" -c -o "$parts/core.o" "$source"
}

# That driver with one function of it taken by another: a file of planted/ a build.
plant() { # object error flags...
  object=$1 error=$2
  shift 2
  echo "planted/$object.o"
  gcc $common "$@" -DVMT_PATCHED -c -o "$parts/planted.o" "planted/$error.c"
  ld -m "$emulation" -r -o "$out/planted/$object.o" "$parts/core.o" "$parts/planted.o"
}

# The small driver with a sequence of its own: the rows of sequence/forms. There are many of them: of the debug
# information they have only what source lines need.
sequences() { # machine flags...
  machine=$1
  shift
  while read -r form machines changes; do
    case $machines in both | "$machine") ;; *) continue ;; esac
    object=sequence/$form-$machine.o
    compile "$object" sequence/driver.c "$@" -g1 -gno-column-info -gno-statement-frontiers -fno-inline-functions \
      -DVMT_PATCHED -Wno-unused-parameter $changes
    objcopy -R .debug_frame -R .debug_aranges "$out/$object"
  done < sequence/forms
}

parts=$(mktemp -d)
trap 'rm -r "$parts"' EXIT
for machine in amd64 i386; do
  case $machine in
    amd64) flags=$amd64 emulation=elf_x86_64 ;;
    i386) flags=$i386 emulation=elf_i386 ;;
  esac
  compile "bare-$machine.o" bare.c $flags
  for loop in loop-getversion loop-receive loop-load; do
    compile "$loop-$machine.o" "$loop.S" $flags
    flat "$loop-$machine.bin" "$loop-$machine.o"
  done
  compile "vmt-unpatched-$machine.o" vmt.c $flags -DVMT_DEBUG
  compile "vmt-patched-$machine.o" vmt.c $flags -DVMT_DEBUG -DVMT_PATCHED
  compile "vmt-unpatched-quiet-$machine.o" vmt.c $flags -Wno-unused-parameter
  compile "vmt-hardened-$machine.o" vmt_hardened.c $flags
  compile "vmt-netbsd-unpatched-$machine.o" vmt_netbsd.c $flags -DVMT_NETBSD
  compile "vmt-netbsd-retrying-$machine.o" vmt_netbsd.c $flags -DVMT_NETBSD -DVMT_RETRYING
  compile "vmt-netbsd-patched-$machine.o" vmt_netbsd.c $flags -DVMT_NETBSD -DVMT_PATCHED
  compile "vmt-netbsd-subr-$machine.o" vmt_netbsd.c $flags -DVMT_NETBSD -DVMT_SUBR
  compile "vmt-freebsd-unpatched-$machine.o" vmt_freebsd.c $flags -DVMT_FREEBSD
  compile "vmt-freebsd-patched-$machine.o" vmt_freebsd.c $flags -DVMT_FREEBSD -DVMT_PATCHED
  core vmt.c weak $flags -DVMT_DEBUG
  for error in overflow use-after-free double-free stack-overflow uninitialised leak \
    global-overflow global-copy global-receive preempted preempted-guarded; do
    plant "$error-$machine" "$error" $flags -DVMT_DEBUG
  done
  core vmt.c weak-goodbye $flags -DVMT_DEBUG
  plant "goodbye-$machine" goodbye $flags -DVMT_DEBUG
  core vmt_netbsd.c weak-goodbye $flags -DVMT_NETBSD
  plant "goodbye-netbsd-$machine" goodbye $flags -DVMT_NETBSD
  core vmt_freebsd.c weak-goodbye $flags -DVMT_FREEBSD
  plant "goodbye-freebsd-$machine" goodbye $flags -DVMT_FREEBSD
  sequences "$machine" $flags
done
compile bare-real.o bare-real.S $i386
flat bare-real.bin bare-real.o

{
  gcc --version | head -n 1
  as --version | head -n 1
} > "$out/COMPILER"

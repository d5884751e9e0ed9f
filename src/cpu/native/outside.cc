// Loading a segment can raise an exception: its descriptor is not there, or not of that kind. In a run the engine
// leaves the instruction by a jump; outside of one it would jump to where its last run has long left. The linker sends
// that jump here (--wrap).
#include "outside.h"

#include <cstdint>

namespace vmtbench {

thread_local jmp_buf* outside = nullptr;

}  // namespace vmtbench

struct CPUState;

extern "C" {

[[noreturn]] void __real_cpu_loop_exit_restore_x86_64(CPUState* cpu, uintptr_t returnAddress);

[[noreturn]] void __wrap_cpu_loop_exit_restore_x86_64(CPUState* cpu, uintptr_t returnAddress) {
  if (vmtbench::outside != nullptr) longjmp(*vmtbench::outside, 1);
  __real_cpu_loop_exit_restore_x86_64(cpu, returnAddress);
}

}

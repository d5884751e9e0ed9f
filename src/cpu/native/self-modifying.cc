// A store into the block that runs: the engine drops the block, leaves it, and runs the store again in a block of its
// own. When the store was unaligned it forgets that it is in the middle of one, and calls no store hook for the rest of
// the run. A run that begins anew at the store does: the linker sends that way out here (--wrap).
#include "engine.h"

namespace vmtbench {

void Engine::BeginAnew() {
  if (stop_ == kHalt && !failed_) resume_ = true;
  uc_emu_stop(uc_);
}

}  // namespace vmtbench

struct CPUState;

extern "C" {

[[noreturn]] void __real_cpu_loop_exit_noexc_x86_64(CPUState* cpu);

[[noreturn]] void __wrap_cpu_loop_exit_noexc_x86_64(CPUState* cpu) {
  if (vmtbench::Engine::running != nullptr) vmtbench::Engine::running->BeginAnew();
  __real_cpu_loop_exit_noexc_x86_64(cpu);
}

}

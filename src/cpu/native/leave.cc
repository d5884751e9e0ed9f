// The engine looks at a request to stop at the end of a block. By then the rest of the block has run: port accesses
// after a page fault, stores after a bad one. It has a way out of its own, by which its exceptions leave an
// instruction, and that also finds out which instruction it was; it only asks from where translated code called.
#include "leave.h"

#include <unwind.h>

#include <cstdint>

struct uc_struct;
struct CPUState;

namespace {

// The processor that this thread is running; a callback may run another one meanwhile.
thread_local CPUState* runningCpu = nullptr;

// Where the translated code of a plain load goes on. It is called from behind the block's code, and the stack says
// nothing of its place in it. Initial-exec: it is written at each load that is not inlined.
thread_local uintptr_t loadReturn __attribute__((tls_model("initial-exec"))) = 0;

// A helper of the engine's is a few frames deep; translated code has no unwind table and is where the walk ends.
constexpr int kDeepest = 24;

struct Walk {
  uintptr_t last;
  int frames;
};

_Unwind_Reason_Code Visit(_Unwind_Context* context, void* data) {
  auto* walk = static_cast<Walk*>(data);
  walk->last = _Unwind_GetIP(context);
  return ++walk->frames < kDeepest ? _URC_NO_REASON : _URC_END_OF_STACK;
}

// Where translated code called: the last frame that can be walked to.
uintptr_t CallerInTranslatedCode() {
  if (loadReturn != 0) return loadReturn;
  Walk walk{};
  _Unwind_Backtrace(Visit, &walk);
  return walk.last;
}

}  // namespace

extern "C" {

bool cpu_restore_state_x86_64(CPUState* cpu, uintptr_t returnAddress, bool willExit);
[[noreturn]] void cpu_loop_exit_x86_64(CPUState* cpu);

int __real_cpu_exec_x86_64(uc_struct* uc, CPUState* cpu);

int __wrap_cpu_exec_x86_64(uc_struct* uc, CPUState* cpu) {
  CPUState* const outer = runningCpu;
  runningCpu = cpu;
  loadReturn = 0;
  const int result = __real_cpu_exec_x86_64(uc, cpu);
  runningCpu = outer;
  return result;
}

#define WRAP_LOAD(name)                                                                           \
  uint64_t __real_##name(void* env, uint64_t address, uint32_t memop, uintptr_t returnAddress);   \
  uint64_t __wrap_##name(void* env, uint64_t address, uint32_t memop, uintptr_t returnAddress) {  \
    loadReturn = returnAddress;                                                                   \
    const uint64_t value = __real_##name(env, address, memop, returnAddress);                     \
    loadReturn = 0;                                                                               \
    return value;                                                                                 \
  }

WRAP_LOAD(helper_ret_ldub_mmu_x86_64)
WRAP_LOAD(helper_le_lduw_mmu_x86_64)
WRAP_LOAD(helper_le_ldul_mmu_x86_64)
WRAP_LOAD(helper_le_ldq_mmu_x86_64)
// Of MOVBE.
WRAP_LOAD(helper_be_lduw_mmu_x86_64)
WRAP_LOAD(helper_be_ldul_mmu_x86_64)
WRAP_LOAD(helper_be_ldq_mmu_x86_64)

}

namespace vmtbench {

void LeaveInstruction() {
  if (runningCpu == nullptr || !cpu_restore_state_x86_64(runningCpu, CallerInTranslatedCode(), true)) return;
  loadReturn = 0;
  cpu_loop_exit_x86_64(runningCpu);
}

void RestoreState(uintptr_t returnAddress) {
  if (runningCpu != nullptr) cpu_restore_state_x86_64(runningCpu, returnAddress, false);
}

}  // namespace vmtbench

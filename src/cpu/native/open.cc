// The engine's beginning: opened, its hooks set, its memory shown. After an abort all of it comes once more.
#include "context-layout.h"
#include "engine.h"

namespace vmtbench {

namespace {

// CR4.OSFXSR and OSXMMEXCPT, as every operating system sets them: without them FXSAVE leaves the SSE registers out.
constexpr uint64_t kSseOn = 0x600;

// Bytes of translated code: much more than any guest has, and what a machine that translates for ever takes at most.
[[maybe_unused]] constexpr uint32_t kCodeBuffer = 128 << 20;

}  // namespace

bool Engine::Open() {
  LayoutOfContexts();
  if (const uc_err error = uc_open(UC_ARCH_X86, mode_, &uc_); error != UC_ERR_OK) {
    uc_ = nullptr;
    Refuse(error, "open an engine");
    return false;
  }
  // First of all. The default model has no POPCNT, LZCNT, TZCNT, MOVBE or ADX; this one has, and no SVM.
  uc_ctl_set_cpu_model(uc_, UC_CPU_X86_BROADWELL);
#ifdef uc_ctl_set_tcg_buffer_size
  uc_ctl_set_tcg_buffer_size(uc_, kCodeBuffer);
#endif
  lastTranslation_ = nullptr;
  // Without it 2.1 translates addresses to 52 bits, and those of a kernel fault.
  uc_ctl_tlb_mode(uc_, UC_TLB_VIRTUAL);
  // No address ends a run. One that could would be looked for behind each run, in memory that is not there.
  uc_ctl_exits_enable(uc_);
  uc_hook hook;
  const auto add = [&](int type, void* callback, int instruction) {
    const uc_err error = uc_hook_add(uc_, &hook, type, callback, this, 1, 0, instruction);
    if (error != UC_ERR_OK) Refuse(error, "set a hook");
  };
  add(UC_HOOK_BLOCK, reinterpret_cast<void*>(OnBlock), 0);
  add(UC_HOOK_MEM_WRITE, reinterpret_cast<void*>(OnStore), 0);
  add(UC_HOOK_MEM_INVALID, reinterpret_cast<void*>(OnMemoryFault), 0);
  add(UC_HOOK_TLB_FILL, reinterpret_cast<void*>(OnTranslate), 0);
  add(UC_HOOK_INTR, reinterpret_cast<void*>(OnInterrupt), 0);
  add(UC_HOOK_INSN_INVALID, reinterpret_cast<void*>(OnInvalid), 0);
  add(UC_HOOK_INSN, reinterpret_cast<void*>(OnIn), UC_X86_INS_IN);
  add(UC_HOOK_INSN, reinterpret_cast<void*>(OnOut), UC_X86_INS_OUT);
  add(UC_HOOK_INSN, reinterpret_cast<void*>(OnCpuid), UC_X86_INS_CPUID);
  uint64_t cr4 = 0;
  uc_reg_read(uc_, UC_X86_REG_CR4, &cr4);
  cr4 |= kSseOn;
  uc_reg_write(uc_, UC_X86_REG_CR4, &cr4);
  return true;
}

// Shows a mapped range to the engine.
bool Engine::Show(const Region& region) {
  const uc_err error = uc_mem_map_ptr(uc_, region.address, region.size, region.protection, region.memory);
  if (error != UC_ERR_OK) {
    Refuse(error, "map memory");
    return false;
  }
  if (region.shadow == nullptr) return true;
  // Only loads from there are shown: all others cost the slower path, but no call.
  uc_hook hook;
  uc_hook_add(uc_, &hook, UC_HOOK_MEM_READ, reinterpret_cast<void*>(OnLoad), this, region.address,
              region.address + region.size - 1);
  return true;
}

// A fresh engine in the place of one that is lost: the same registers, memory and traps, nothing translated.
void Engine::Reopen() {
  const bool saved = uc_context_save(uc_, context_) == UC_ERR_OK;
  uc_close(uc_);
  if (!Open()) return;
  for (const Region& region : regions_) Show(region);
  const auto traps = std::move(traps_);
  traps_.clear();
  for (const auto& [address, hook] : traps) Trap(address);
  if (saved) uc_context_restore(uc_, context_);
  generation_++;
}

}  // namespace vmtbench

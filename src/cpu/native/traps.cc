// Traps: the guest stops before the instruction at an address, with all registers. What is not trapped costs nothing.
#include "engine.h"
#include "leave.h"

namespace vmtbench {

void Engine::Trap(uint64_t address) {
  uc_hook hook;
  const uc_err error = uc_hook_add(uc_, &hook, UC_HOOK_CODE, reinterpret_cast<void*>(OnTrap), this, address, address);
  if (error != UC_ERR_OK) return Refuse(error, "trap an instruction");
  traps_[address] = hook;
}

// setTrap(address): run() returns kTrap before an instruction that starts there, if it is not the run's first
Napi::Value Engine::SetTrap(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  const uint64_t address = Address(info[0]);
  if (traps_.count(address) != 0) return info.Env().Undefined();
  Trap(address);
  // Its block was translated without the hook.
  uc_ctl_remove_cache(uc_, address, address + 1);
  return info.Env().Undefined();
}

Napi::Value Engine::ClearTrap(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  const auto found = traps_.find(Address(info[0]));
  if (found == traps_.end()) return info.Env().Undefined();
  uc_hook_del(uc_, found->second);
  uc_ctl_remove_cache(uc_, found->first, found->first + 1);
  traps_.erase(found);
  return info.Env().Undefined();
}

void Engine::OnTrap(uc_engine*, uint64_t address, uint32_t, void* self) {
  auto* engine = static_cast<Engine*>(self);
  const bool skipped = engine->skipTrap_ && address == engine->skippedTrap_;
  engine->skipTrap_ = false;
  if (skipped) return;
  engine->EndAt(kTrap);
  LeaveInstruction();
}

}  // namespace vmtbench

// Stops right behind a port access. The engine looks at a request to stop at the end of a block only, and before an
// instruction that has a hook of its own: so each instruction behind an IN, OUT, INS or OUTS gets one, once somebody
// has asked for it. Nobody has: none of this is there.
#include <algorithm>

#include "engine.h"

namespace vmtbench {

namespace {

// Whether bytes may hold an I/O instruction: most blocks do not. TypeScript decodes those that may, once.
bool MayDoPortIo(const uint8_t* code, uint64_t size) {
  for (uint64_t i = 0; i < size; i++) {
    const uint8_t opcode = code[i];
    if ((opcode & 0xfc) == 0x6c || (opcode & 0xf4) == 0xe4) return true;  // 6c..6f, e4..e7 and ec..ef
  }
  return false;
}

}  // namespace

void Engine::Watch() {
  uc_hook hook;
  const uc_err error = uc_hook_add(uc_, &hook, UC_HOOK_BLOCK, reinterpret_cast<void*>(OnWatchedBlock), this, 1, 0);
  if (error != UC_ERR_OK) Refuse(error, "watch port accesses");
}

void Engine::StopBefore(uint64_t address) {
  uc_hook hook;
  const uc_err error =
      uc_hook_add(uc_, &hook, UC_HOOK_CODE, reinterpret_cast<void*>(OnBehindAccess), this, address, address);
  if (error != UC_ERR_OK) Refuse(error, "stop behind a port access");
}

// watchAccesses(): from now on blocks are looked at before they first run
Napi::Value Engine::WatchAccesses(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  watching_ = true;
  Watch();
  // What is translated already calls the hooks that there were then.
  for (const Region& region : regions_) {
    if (region.executable()) uc_ctl_remove_cache(uc_, region.address, region.address + region.size);
  }
  return info.Env().Undefined();
}

// stopBehind(access, next): make the instruction at next one where preempt() takes effect
Napi::Value Engine::StopBehind(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  const uint64_t access = Address(info[0]), next = Address(info[1]);
  stops_.push_back(next);
  StopBefore(next);
  // What was translated without the hook is translated again; its bytes have not changed.
  uc_ctl_remove_cache(uc_, access, next + 1);
  return info.Env().Undefined();
}

// preempt(): from inside onPort; the run stops behind that access
Napi::Value Engine::Preempt(const Napi::CallbackInfo& info) {
  preempt_ = running_;
  return info.Env().Undefined();
}

void Engine::OnWatchedBlock(uc_engine* uc, uint64_t address, uint32_t size, void* self) {
  auto* engine = static_cast<Engine*>(self);
  if (engine->failed_ || engine->stop_ != kHalt) return;
  Watched& known = engine->watched_[address];
  if (known.generation == engine->generation_ && known.size >= size) return;
  known = Watched{engine->generation_, size};
  const Region* region = engine->Find(address);
  if (region == nullptr) return;
  const uint64_t offset = address - region->address;
  if (!MayDoPortIo(region->memory + offset, std::min<uint64_t>(size, region->size - offset))) return;
  uint32_t found = 0;
  if (!engine->Call(engine->onWatch_, &found) || found == 0) return;
  // Nothing of the block has run yet: it begins again when the hooks are there.
  State* state = engine->state_;
  state->now -= state->blockNs;
  state->blocksLeft++;
  engine->stop_ = kWatch;
  uc_emu_stop(uc);
}

void Engine::OnBehindAccess(uc_engine* uc, uint64_t, uint32_t, void* self) {
  auto* engine = static_cast<Engine*>(self);
  if (!engine->preempt_ || engine->stop_ != kHalt) return;
  engine->preempt_ = false;
  engine->stop_ = kPreempted;
  uc_emu_stop(uc);
}

}  // namespace vmtbench

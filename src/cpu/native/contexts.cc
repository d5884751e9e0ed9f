// Copies of all registers, and of what this engine knows of the calls under way.
#include <cstring>

#include "engine.h"

namespace vmtbench {

// Behind the engine's own context, with the return addresses behind it.
struct Engine::Rest {
  std::array<uint64_t, 8> debugRegisters;
  uint64_t owner;  // who made it
  uint64_t home;
  uint64_t returnSlots;  // how many
};

Napi::Value Engine::SaveContext(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  StoreRegisters(0, kRegisters);
  if (const uc_err error = uc_context_save(uc_, context_); error != UC_ERR_OK) {
    Refuse(error, "save its registers");
    return info.Env().Undefined();
  }
  const size_t own = uc_context_size(uc_);
  const Rest rest{debugRegisters_, id_, home_, returnSlots_.size()};
  const size_t slots = returnSlots_.size() * sizeof(uint64_t);
  auto copy = Napi::Uint8Array::New(info.Env(), own + sizeof rest + slots);
  memcpy(copy.Data(), context_, own);
  memcpy(copy.Data() + own, &rest, sizeof rest);
  if (slots != 0) memcpy(copy.Data() + own + sizeof rest, returnSlots_.data(), slots);
  return copy;
}

// restoreContext(context, whole: boolean): false for one of another engine's. `whole`: all calls under way are those of
// the context; else only the innermost one is, and the others have gone on since
Napi::Value Engine::RestoreContext(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  const auto copy = info[0].As<Napi::Uint8Array>();
  const size_t own = uc_context_size(uc_);
  Rest rest{};
  if (copy.ByteLength() >= own + sizeof rest) memcpy(&rest, copy.Data() + own, sizeof rest);
  const size_t slots = rest.returnSlots * sizeof(uint64_t);
  if (rest.owner != id_ || copy.ByteLength() != own + sizeof rest + slots) return Napi::Boolean::New(info.Env(), false);
  memcpy(context_, copy.Data(), own);
  debugRegisters_ = rest.debugRegisters;
  if (const uc_err error = uc_context_restore(uc_, context_); error != UC_ERR_OK) Refuse(error, "restore its registers");
  ReadAll();
  std::vector<uint64_t> saved(rest.returnSlots);
  if (slots != 0) memcpy(saved.data(), copy.Data() + own + sizeof rest, slots);
  home_ = rest.home;
  if (info[1].As<Napi::Boolean>()) returnSlots_ = std::move(saved);
  else ResumeReturnSlots(saved);
  return Napi::Boolean::New(info.Env(), true);
}

}  // namespace vmtbench

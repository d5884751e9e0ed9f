// Registers between the engine and the shared record, and copies of all of them.
#include <cstring>

#include "engine.h"
#include "outside.h"

namespace vmtbench {

namespace {

constexpr uint64_t kProtectionEnable = 1;  // CR0.PE

}  // namespace

// 16 bit: what to add to an offset in CS. The engine does not tell the base of CS, but each block's linear address.
void Engine::NoteCodeBase(uint64_t block) {
  uint64_t offset = 0;
  uc_reg_read(uc_, ids_[kRip], &offset);
  codeBase_ = block - offset;
}

uint64_t Engine::CodeBase() {
  uint64_t cr0 = 0, cs = 0;
  uc_reg_read(uc_, UC_X86_REG_CR0, &cr0);
  if ((cr0 & kProtectionEnable) != 0) return codeBase_;
  uc_reg_read(uc_, UC_X86_REG_CS, &cs);
  return cs << 4;
}

// The linear address of the instruction that the engine is at, as far as it knows.
uint64_t Engine::ReadPc() {
  uint64_t pc = 0;
  uc_reg_read(uc_, ids_[kRip], &pc);
  return mode_ == UC_MODE_16 ? pc + CodeBase() : pc;
}

void Engine::ReadAll() {
  uc_reg_read_batch(uc_, ids_.data(), slots_.data(), kRegisters);
  if (mode_ == UC_MODE_16) shadow_[kRip] += CodeBase();
  memcpy(state_->registers, shadow_.data(), sizeof(state_->registers));
}

void Engine::LoadAccessRegisters() {
  uc_reg_read_batch(uc_, ids_.data(), slots_.data(), kAccessRegisters);
  memcpy(state_->registers, shadow_.data(), kAccessRegisters * sizeof(uint64_t));
}

void Engine::StoreRegisters(int first, int last) {
  for (int i = first; i < last; i++) {
    if (state_->registers[i] == shadow_[i]) continue;
    uint64_t value = state_->registers[i];
    if (i == kRip && mode_ == UC_MODE_16) value -= CodeBase();
    uc_reg_write(uc_, ids_[i], &value);
    shadow_[i] = state_->registers[i];
  }
}

Napi::Value Engine::ReadRegister(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  uint64_t value = 0;
  uc_reg_read(uc_, info[0].As<Napi::Number>().Int32Value(), &value);
  return Napi::BigInt::New(info.Env(), value);
}

Napi::Value Engine::WriteRegister(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  const int id = info[0].As<Napi::Number>();
  const uint64_t value = Address(info[1]);
  const bool written = Outside([&] { return uc_reg_write(uc_, id, &value) == UC_ERR_OK; });
  if (!written) Refuse(UC_ERR_EXCEPTION, "load that register");
  return info.Env().Undefined();
}

// setDescriptorTable(address, limit): the GDT register
Napi::Value Engine::SetDescriptorTable(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  uc_x86_mmr table{};
  table.base = Address(info[0]);
  table.limit = info[1].As<Napi::Number>();
  uc_reg_write(uc_, UC_X86_REG_GDTR, &table);
  return info.Env().Undefined();
}

// loadSegment(register, selector, table, limit): loads a segment from a descriptor table of the caller's; the guest's
// own table is in its place again afterwards
Napi::Value Engine::LoadSegment(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  const int id = info[0].As<Napi::Number>();
  const uint64_t selector = Address(info[1]);
  uc_x86_mmr own{}, table{};
  table.base = Address(info[2]);
  table.limit = info[3].As<Napi::Number>();
  uc_reg_read(uc_, UC_X86_REG_GDTR, &own);
  uc_reg_write(uc_, UC_X86_REG_GDTR, &table);
  const bool loaded = Outside([&] { return uc_reg_write(uc_, id, &selector) == UC_ERR_OK; });
  uc_reg_write(uc_, UC_X86_REG_GDTR, &own);
  if (!loaded) Refuse(UC_ERR_EXCEPTION, "load a segment");
  return info.Env().Undefined();
}

// A copy of the registers, for the engine that it was made by or one that took its place: the engine's own context,
// then the debug registers.
size_t Engine::ContextSize() { return uc_context_size(uc_) + sizeof(debugRegisters_); }

Napi::Value Engine::SaveContext(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  StoreRegisters(0, kRegisters);
  if (const uc_err error = uc_context_save(uc_, context_); error != UC_ERR_OK) {
    Refuse(error, "save its registers");
    return info.Env().Undefined();
  }
  auto copy = Napi::Uint8Array::New(info.Env(), ContextSize());
  const size_t own = copy.ByteLength() - sizeof(debugRegisters_);
  memcpy(copy.Data(), context_, own);
  memcpy(copy.Data() + own, debugRegisters_.data(), sizeof(debugRegisters_));
  return copy;
}

// restoreContext(context, forget: boolean): without the return addresses of the calls under way, or with them
Napi::Value Engine::RestoreContext(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  const auto copy = info[0].As<Napi::Uint8Array>();
  if (copy.ByteLength() != ContextSize()) {
    Refuse(UC_ERR_ARG, "restore registers that are not its own");
    return info.Env().Undefined();
  }
  const size_t own = copy.ByteLength() - sizeof(debugRegisters_);
  memcpy(context_, copy.Data(), own);
  memcpy(debugRegisters_.data(), copy.Data() + own, sizeof(debugRegisters_));
  if (const uc_err error = uc_context_restore(uc_, context_); error != UC_ERR_OK) Refuse(error, "restore its registers");
  if (info[1].As<Napi::Boolean>()) returnSlots_.clear();
  ReadAll();
  return info.Env().Undefined();
}

}  // namespace vmtbench

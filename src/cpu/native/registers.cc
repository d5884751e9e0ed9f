// Registers between the engine and the shared record, and copies of all of them.
#include <cstring>

#include "context-layout.h"
#include "engine.h"
#include "outside.h"

namespace vmtbench {

namespace {

constexpr int32_t kNoException = -1;

}  // namespace

// 16 bit: what CS adds to an offset. In protected mode it is what CS held when it was loaded, whatever its selector says.
uint64_t Engine::CodeBase() {
  uint64_t base = 0, cs = 0;
  if (const size_t place = LayoutOfContexts().codeBase; place != 0) {
    uc_context_save(uc_, context_);
    memcpy(&base, reinterpret_cast<const uint8_t*>(context_) + place, sizeof base);
    return base;
  }
  uc_reg_read(uc_, UC_X86_REG_CS, &cs);
  return cs << 4;
}

// What to start the engine with: of 16 bits it takes sixteen times the selector for the base.
uint64_t Engine::StartAt(uint64_t pc) {
  if (mode_ != UC_MODE_16) return pc;
  uint64_t offset = pc - CodeBase(), cs = 0;
  uc_reg_write(uc_, ids_[kRip], &offset);
  uc_reg_read(uc_, UC_X86_REG_CS, &cs);
  return offset + (cs << 4);
}

// An exception that ended the run was never delivered: a second one is no double fault. See context-layout.cc.
void Engine::ForgetException() {
  const size_t place = LayoutOfContexts().lastException;
  if (place == 0) return;
  uc_context_save(uc_, context_);
  memcpy(reinterpret_cast<uint8_t*>(context_) + place, &kNoException, sizeof kNoException);
  uc_context_restore(uc_, context_);
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
  if (!written) ForgetException();
  return Napi::Boolean::New(info.Env(), written);
}

// setDescriptorTable(address, limit): the GDT register, where the guest has loaded none
Napi::Value Engine::SetDescriptorTable(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  uc_x86_mmr own{}, table{};
  table.base = Address(info[0]);
  table.limit = info[1].As<Napi::Number>();
  uc_reg_read(uc_, UC_X86_REG_GDTR, &own);
  if (own.base == 0) uc_reg_write(uc_, UC_X86_REG_GDTR, &table);
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
  if (!loaded) ForgetException();
  uc_reg_write(uc_, UC_X86_REG_GDTR, &own);
  return Napi::Boolean::New(info.Env(), loaded);
}

}  // namespace vmtbench

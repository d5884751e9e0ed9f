// Instructions that the engine does not run: what it does not know, and what translation.cc has shown it as UD2.
#include "engine.h"

namespace vmtbench {

namespace {

constexpr uint64_t kZeroFlag = 0x40;
constexpr uint32_t kGeneralProtection = 13;

// An instruction behind its prefixes.
struct Prefixed {
  size_t opcode = 0;  // where it is
  bool lock = false;
  bool operandSize = false;
  bool addressSize = false;
};

Prefixed SkipPrefixes(const uint8_t* code, size_t size, bool wide) {
  Prefixed found;
  for (; found.opcode < size; found.opcode++) {
    const uint8_t byte = code[found.opcode];
    if (byte == 0xf0) found.lock = true;
    else if (byte == 0x66) found.operandSize = true;
    else if (byte == 0x67) found.addressSize = true;
    else if (byte != 0x26 && byte != 0x2e && byte != 0x36 && byte != 0x3e && byte != 0x64 && byte != 0x65 && byte != 0xf2 &&
             byte != 0xf3 && !(wide && (byte & 0xf0) == 0x40))
      break;
  }
  return found;
}

uint64_t Mask(int bits) { return bits == 64 ? ~0ull : (1ull << bits) - 1; }

}  // namespace

// LOOPE and LOOPNE: the count goes down, and the jump is taken while it is not 0 and ZF is as wanted. No flag changes.
void Engine::Loop(uint64_t next, int8_t distance, bool wanted, bool otherAddressSize, bool otherOperandSize) {
  Spend(state_->serviceWork);
  if (stop_ != kHalt || failed_) return;
  const int bits = mode_ == UC_MODE_64 ? 64 : mode_ == UC_MODE_32 ? 32 : 16;
  const int countBits = !otherAddressSize ? bits : bits == 32 ? 16 : 32;
  const int pcBits = mode_ == UC_MODE_64 || !otherOperandSize ? bits : bits == 32 ? 16 : 32;
  uint64_t count = 0, flags = 0;
  uc_reg_read(uc_, ids_[kRcx], &count);
  uc_reg_read(uc_, UC_X86_REG_EFLAGS, &flags);
  const uint64_t left = (count - 1) & Mask(countBits);
  // A count of 32 bits clears the upper half of its register, as each write of 32 bits does.
  count = countBits == 16 ? (count & ~Mask(16)) | left : left;
  uc_reg_write(uc_, ids_[kRcx], &count);
  const uint64_t base = mode_ == UC_MODE_16 ? CodeBase() : 0;
  uint64_t offset = next - base;
  if (left != 0 && ((flags & kZeroFlag) != 0) == wanted) offset = (offset + static_cast<int64_t>(distance)) & Mask(pcBits);
  GoOnAt(base + offset);
}

// The engine would come back to the instruction: it is started anew behind it.
void Engine::GoOnAt(uint64_t pc) {
  goOn_ = true;
  goOnAt_ = pc;
  if (stepping_) EndAt(kTrap);
  else BeginAnew();
}

bool Engine::OnInvalid(uc_engine*, void* self) {
  auto* engine = static_cast<Engine*>(self);
  const uint64_t pc = engine->ReadPc();
  size_t size = 0;
  const uint8_t* code = engine->CodeAt(pc, &size);
  if (code != nullptr && engine->stop_ == kHalt) {
    const auto [at, lock, operandSize, addressSize] = SkipPrefixes(code, size, engine->IsWide());
    if (at + 1 < size && !lock) {
      if ((code[at] & 0xfe) == 0xe0) {
        engine->Loop(pc + at + 2, static_cast<int8_t>(code[at + 1]), code[at] == 0xe1, addressSize, operandSize);
        return true;
      }
      // Without a kernel that has set it up there is nowhere to enter.
      if (code[at] == 0x0f && code[at + 1] == 0x34 && !engine->IsWide()) {
        engine->state_->vector = kGeneralProtection;
        engine->EndAt(kInterrupt);
        return true;
      }
    }
  }
  engine->EndAt(kInvalidInstruction);
  return true;
}

}  // namespace vmtbench

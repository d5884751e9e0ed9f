// What the engine's translator is shown in the place of an instruction that it would run wrongly. See translation.cc.
#pragma once
#include <cstddef>
#include <cstdint>

namespace vmtbench {

struct Substitute {
  size_t length = 0;         // so many bytes are read as another instruction: prefixes without meaning, 0F, `opcode`
  uint8_t opcode = 0;
  size_t changed = 0;        // or the byte there, never the first, is read as `byte`
  uint8_t byte = 0;
  size_t unlocked = 0;       // or LOCK, among so many prefixes, is read as REPNE, which means nothing there
  size_t displacement = 0;   // or the displacement there is read as one more
};

// `code`: the guest's bytes from an instruction on. `wide`: 64-bit code.
Substitute SubstituteFor(const uint8_t* code, size_t size, bool wide);

}  // namespace vmtbench

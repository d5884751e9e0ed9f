// Unicorn calls abort() where its translator meets some instructions that no processor has (FF D8, a far call through
// a register; LOCK before CMP). A guest must not end this process: the linker sends every abort() of the archive here
// (--wrap=abort).
#include "abort.h"

#include "engine.h"

namespace vmtbench {

thread_local jmp_buf* engineAbort = nullptr;

thread_local Engine* Engine::running = nullptr;

// Nothing but the engine's own C frames is left behind by the jump. What was being translated is lost and the engine
// with it; its registers are those from before that block, and the engine that comes in its place has them.
uc_err Engine::Emulate() {
  Engine* const outer = running;
  jmp_buf* const outerAbort = engineAbort;
  running = this;
  jmp_buf point;
  if (setjmp(point) != 0) {
    running = outer;
    engineAbort = outerAbort;
    EndAt(kUntranslatable);
    Reopen();
    return UC_ERR_OK;
  }
  engineAbort = &point;
  uc_err error;
  uint64_t pc = state_->registers[kRip];
  for (;;) {
    resume_ = goOn_ = false;
    error = uc_emu_start(uc_, StartAt(pc), 0, 0, 0);
    if (!resume_ || stop_ != kHalt) break;
    pc = goOn_ ? goOnAt_ : ReadPc();
  }
  running = outer;
  engineAbort = outerAbort;
  return error;
}

}  // namespace vmtbench

extern "C" [[noreturn]] void __real_abort();

extern "C" [[noreturn]] void __wrap_abort() {
  if (jmp_buf* const point = vmtbench::engineAbort; point != nullptr) {
    vmtbench::engineAbort = nullptr;
    longjmp(*point, 1);
  }
  __real_abort();
}

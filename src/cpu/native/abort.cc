// Unicorn 2.0.1 calls abort() where its translator meets some instructions that no processor has (FF D8, a far call
// through a register; LOCK before CMP). A guest must not end this process: the linker sends every abort() of the
// archive here (--wrap=abort).
#include "abort.h"

#include "engine.h"

namespace vmtbench {

thread_local jmp_buf* engineAbort = nullptr;

// Nothing but the engine's own C frames is left behind by the jump. What was being translated is lost and the engine
// with it; its registers are those from before that block, and the engine that comes in its place has them.
uc_err Engine::Emulate() {
  jmp_buf point;
  if (setjmp(point) != 0) {
    stop_ = kUntranslatable;
    Reopen();
    return UC_ERR_OK;
  }
  engineAbort = &point;
  uc_err error;
  do {
    resume_ = false;
    error = uc_emu_start(uc_, state_->registers[16], ~0ull, 0, 0);
  } while (resume_);
  engineAbort = nullptr;
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

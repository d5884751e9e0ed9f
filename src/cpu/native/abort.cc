// Unicorn 2.0.1 calls abort() where its translator meets some instructions that no processor has (FF D8, a far call
// through a register; LOCK before CMP). A guest must not end this process: the linker sends every abort() of the
// archive here (--wrap=abort).
#include "abort.h"

namespace vmtbench {

thread_local jmp_buf* engineAbort = nullptr;

}  // namespace vmtbench

extern "C" [[noreturn]] void __real_abort();

extern "C" [[noreturn]] void __wrap_abort() {
  if (jmp_buf* const point = vmtbench::engineAbort; point != nullptr) {
    vmtbench::engineAbort = nullptr;
    longjmp(*point, 1);
  }
  __real_abort();
}

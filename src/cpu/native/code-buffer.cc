// The engine keeps what it has translated in one buffer. When that is full for the first time it begins anew at its
// start, and goes on to find there the blocks that it writes over; at each later time it forgets all blocks first. The
// linker shows each place that it takes (--wrap): one before the last is refused, and at that it forgets them, too.
#include "engine.h"

namespace vmtbench {

void* Engine::NoteTranslation(void* place) {
  if (place < lastTranslation_) place = nullptr;
  lastTranslation_ = place;
  return place;
}

}  // namespace vmtbench

using vmtbench::Engine;

extern "C" {

void* __real_tcg_tb_alloc_x86_64(void* context);

void* __wrap_tcg_tb_alloc_x86_64(void* context) {
  void* const place = __real_tcg_tb_alloc_x86_64(context);
  return Engine::running == nullptr ? place : Engine::running->NoteTranslation(place);
}

}

// Unicorn 2.0.1 collects, at every store, the pages whose translated code it may change: it allocates and frees a tree
// for that, which is most of what a store costs. Memory that cannot be executed has no translated code: the linker sends
// the three calls here (--wrap), and for such a store nothing is asked.
#include "data-store.h"

#include <cstdint>

namespace vmtbench {

thread_local bool storesData = false;

}  // namespace vmtbench

using vmtbench::storesData;

struct uc_struct;
struct page_collection;

extern "C" {

page_collection* __real_page_collection_lock_x86_64(uc_struct* uc, uintptr_t start, uintptr_t end);
void __real_page_collection_unlock_x86_64(page_collection* pages);
void __real_tb_invalidate_phys_page_fast_x86_64(uc_struct* uc, page_collection* pages, uintptr_t start, int length,
                                                uintptr_t returnAddress);

page_collection* __wrap_page_collection_lock_x86_64(uc_struct* uc, uintptr_t start, uintptr_t end) {
  return storesData ? nullptr : __real_page_collection_lock_x86_64(uc, start, end);
}

void __wrap_tb_invalidate_phys_page_fast_x86_64(uc_struct* uc, page_collection* pages, uintptr_t start, int length,
                                                uintptr_t returnAddress) {
  if (pages != nullptr) __real_tb_invalidate_phys_page_fast_x86_64(uc, pages, start, length, returnAddress);
}

void __wrap_page_collection_unlock_x86_64(page_collection* pages) {
  if (pages != nullptr) __real_page_collection_unlock_x86_64(pages);
  storesData = false;
}

}

// Where in a saved context the engine keeps what its API has no name for. See context-layout.cc.
#pragma once
#include <cstddef>

namespace vmtbench {

struct ContextLayout {
  size_t lastException;  // int32_t: -1 where none has been raised since the last one was delivered
  size_t codeBase;       // uint64_t: what CS adds
};

// The same for every engine of this process; a place that is not found is 0. First asked for while no engine runs.
const ContextLayout& LayoutOfContexts();

}  // namespace vmtbench

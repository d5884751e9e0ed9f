// The engine asks at every store which translated code it makes stale. See data-store.cc.
#pragma once

namespace vmtbench {

// Whether the store that a hook has just been told of cannot change code. Of this thread's running engine.
extern thread_local bool storesData;

}  // namespace vmtbench

// The module: one class, and functions over plain memory. Each environment (the main thread, every worker) has an instance of its own.
#include "digest.h"
#include "engine.h"

namespace vmtbench {

class Module : public Napi::Addon<Module> {
 public:
  Module(Napi::Env env, Napi::Object exports) {
    unsigned int major, minor;
    uc_version(&major, &minor);
    exports.Set("Engine", Engine::Define(env));
    exports.Set("addPageDigest", Napi::Function::New<AddPageDigest>(env, "addPageDigest"));
    exports.Set("digestBytes", Napi::Function::New<DigestBytes>(env, "digestBytes"));
    exports.Set("unicornVersion", Napi::String::New(env, std::to_string(major) + "." + std::to_string(minor)));
  }
};

NODE_API_ADDON(Module)

}  // namespace vmtbench

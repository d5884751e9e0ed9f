// The module: one class, and functions over plain memory. Each environment (the main thread, every worker) has an instance of its own.
#include <string>

#include "digest.h"
#include "engine.h"

namespace vmtbench {

class Module : public Napi::Addon<Module> {
 public:
  Module(Napi::Env env, Napi::Object exports) {
    // major, minor, patch and extra, a byte each
    const unsigned int version = uc_version(nullptr, nullptr);
    std::string text;
    for (const int shift : {24, 16, 8}) text += std::to_string(version >> shift & 0xff) + (shift > 8 ? "." : "");
    exports.Set("Engine", Engine::Define(env));
    exports.Set("addPageDigest", Napi::Function::New<AddPageDigest>(env, "addPageDigest"));
    exports.Set("digestBytes", Napi::Function::New<DigestBytes>(env, "digestBytes"));
    exports.Set("unicornVersion", Napi::String::New(env, text));
  }
};

NODE_API_ADDON(Module)

}  // namespace vmtbench

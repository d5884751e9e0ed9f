// The engines that drive executions: libFuzzer, linked in, and AFL++, by its shared memory. Everything else is
// TypeScript's. src/fuzz/engine/native.ts states the contract.
#include <napi.h>
#include <sys/shm.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

extern "C" {
// libFuzzer, as its FuzzerInterface.h and the coverage sanitizer's documents have them.
int LLVMFuzzerRunDriver(int* argc, char*** argv, int (*callback)(const uint8_t* data, size_t size));
void __sanitizer_cov_8bit_counters_init(uint8_t* start, uint8_t* stop);
void __sanitizer_cov_trace_cmp1(uint8_t one, uint8_t other);
void __sanitizer_cov_trace_cmp2(uint16_t one, uint16_t other);
void __sanitizer_cov_trace_cmp4(uint32_t one, uint32_t other);
void __sanitizer_cov_trace_cmp8(uint64_t one, uint64_t other);
void __sanitizer_weak_hook_memcmp(void* caller, const void* one, const void* other, size_t size, int result);
}

namespace {

// libFuzzer's callback has no argument of its own, and a process runs one driver.
Napi::FunctionReference* execute = nullptr;
uint8_t* inputBytes = nullptr;
size_t inputRoom = 0;

int Execute(const uint8_t* data, size_t size) {
  Napi::Env env = execute->Env();
  Napi::HandleScope scope(env);
  const size_t length = size < inputRoom ? size : inputRoom;
  if (length != 0) memcpy(inputBytes, data, length);
  execute->Call({Napi::Number::New(env, static_cast<double>(length))});
  // An exception of the callback is a bug of ours: the process ends by it, with its stack.
  if (env.IsExceptionPending()) {
    const Napi::Error error = env.GetAndClearPendingException();
    const std::string stack = error.Value().Get("stack").ToString().Utf8Value();
    fprintf(stderr, "%s\n", stack.c_str());
    _exit(3);
  }
  return 0;
}

// runLibFuzzer(args: string[], counters: Uint8Array, input: Uint8Array, execute: (length: number) => void): never returns
// where libFuzzer ends by exit(), as it mostly does
Napi::Value RunLibFuzzer(const Napi::CallbackInfo& info) {
  const auto words = info[0].As<Napi::Array>();
  auto counters = info[1].As<Napi::Uint8Array>();
  auto input = info[2].As<Napi::Uint8Array>();
  static Napi::FunctionReference callback = Napi::Persistent(info[3].As<Napi::Function>());
  static Napi::ObjectReference owners[] = {Napi::Persistent(counters.As<Napi::Object>()),
                                           Napi::Persistent(input.As<Napi::Object>())};
  execute = &callback;
  inputBytes = input.Data();
  inputRoom = input.ByteLength();
  __sanitizer_cov_8bit_counters_init(counters.Data(), counters.Data() + counters.ByteLength());
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < words.Length(); i++) texts.push_back(words.Get(i).ToString().Utf8Value());
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  int count = static_cast<int>(texts.size());
  char** list = pointers.data();
  const int status = LLVMFuzzerRunDriver(&count, &list, Execute);
  return Napi::Number::New(info.Env(), status);
}

// noteCompares(words: BigUint64Array, count: number): values that the guest compared, three words each:
// bytes, one, other
Napi::Value NoteCompares(const Napi::CallbackInfo& info) {
  auto words = info[0].As<Napi::BigUint64Array>();
  const size_t count = info[1].As<Napi::Number>().Uint32Value();
  for (size_t at = 0; at < count * 3 && at + 2 < words.ElementLength(); at += 3) {
    const uint64_t one = words[at + 1], other = words[at + 2];
    if (words[at] == 1) __sanitizer_cov_trace_cmp1(static_cast<uint8_t>(one), static_cast<uint8_t>(other));
    else if (words[at] == 2) __sanitizer_cov_trace_cmp2(static_cast<uint16_t>(one), static_cast<uint16_t>(other));
    else if (words[at] == 4) __sanitizer_cov_trace_cmp4(static_cast<uint32_t>(one), static_cast<uint32_t>(other));
    else __sanitizer_cov_trace_cmp8(one, other);
  }
  return info.Env().Undefined();
}

// noteStrings(one: Uint8Array, other: Uint8Array): what the guest gave a string or memory function to compare
Napi::Value NoteStrings(const Napi::CallbackInfo& info) {
  auto one = info[0].As<Napi::Uint8Array>();
  auto other = info[1].As<Napi::Uint8Array>();
  const size_t size = one.ByteLength() < other.ByteLength() ? one.ByteLength() : other.ByteLength();
  __sanitizer_weak_hook_memcmp(nullptr, one.Data(), other.Data(), size, 1);
  return info.Env().Undefined();
}

// attachShared(id: number): the bytes of a System V shared memory segment, until the process ends; null: there is none
Napi::Value AttachShared(const Napi::CallbackInfo& info) {
  const int id = info[0].As<Napi::Number>().Int32Value();
  shmid_ds facts;
  void* place = shmat(id, nullptr, 0);
  if (place == reinterpret_cast<void*>(-1) || shmctl(id, IPC_STAT, &facts) != 0) return info.Env().Null();
  auto buffer = Napi::ArrayBuffer::New(info.Env(), place, facts.shm_segsz);
  return Napi::Uint8Array::New(info.Env(), facts.shm_segsz, buffer, 0);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("runLibFuzzer", Napi::Function::New<RunLibFuzzer>(env, "runLibFuzzer"));
  exports.Set("noteCompares", Napi::Function::New<NoteCompares>(env, "noteCompares"));
  exports.Set("noteStrings", Napi::Function::New<NoteStrings>(env, "noteStrings"));
  exports.Set("attachShared", Napi::Function::New<AttachShared>(env, "attachShared"));
  return exports;
}

}  // namespace

NODE_API_MODULE(vmtbench_fuzz, Init)

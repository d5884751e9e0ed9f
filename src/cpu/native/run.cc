// A run, from rip to the next stop.
#include "abort.h"
#include "engine.h"

namespace vmtbench {

namespace {

constexpr uint64_t kTrapFlag = 0x100;  // RFLAGS.TF

}  // namespace

// run(one: boolean): returns a StopCode; registers, rip linear, are those at the stop
Napi::Value Engine::Run(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Opened(env)) return env.Undefined();
  if (running_) {
    Napi::Error::New(env, "the machine is already running: run() was called from one of its callbacks").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  stepping_ = info[0].As<Napi::Boolean>();
  const uint64_t trapFlag = state_->registers[kRflags] & kTrapFlag;
  if (stepping_) state_->registers[kRflags] |= kTrapFlag;
  StoreRegisters(0, kRegisters);
  stop_ = kHalt;
  failed_ = preempt_ = behind_ = goOn_ = raised_ = false;
  blockEnd_ = 0;
  coverage_.previous = 0;
  skippedTrap_ = state_->registers[kRip];
  skipTrap_ = traps_.count(skippedTrap_) != 0;
  workBeyond_ = 0;
  if (state_->workLeft > kSlice) {
    workBeyond_ = state_->workLeft - kSlice;
    state_->workLeft = kSlice;
  }
  running_ = true;
  const uc_err error = Emulate();
  running_ = false;
  if (uc_ == nullptr) return env.Undefined();
  if (raised_) ForgetException();
  ReadAll();
  NoteCallPath();
  state_->workLeft += workBeyond_;
  if (behind_) state_->registers[kRip] = state_->next;
  if (goOn_) state_->registers[kRip] = goOnAt_;
  if (stepping_) state_->registers[kRflags] = (state_->registers[kRflags] & ~kTrapFlag) | trapFlag;
  if (failed_) return env.Undefined();
  if (error != UC_ERR_OK && stop_ == kHalt) {
    state_->error = error;
    stop_ = kEngineError;
  }
  return Napi::Number::New(env, stop_);
}

// stop(): from inside a callback. The run ends at its instruction, or behind it if preempt() is called too.
Napi::Value Engine::Stop(const Napi::CallbackInfo& info) {
  if (running_) EndAt(kStopped);
  return info.Env().Undefined();
}

}  // namespace vmtbench

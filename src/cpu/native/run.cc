// A run, from rip to the next stop.
#include "abort.h"
#include "engine.h"

namespace vmtbench {

// run(): returns a StopCode; registers, rip linear, are those at the stop
Napi::Value Engine::Run(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Opened(env)) return env.Undefined();
  if (running_) {
    Napi::Error::New(env, "the machine is already running: run() was called from one of its callbacks").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  StoreRegisters(0, kRegisters);
  stop_ = kHalt;
  failed_ = false;
  preempt_ = false;
  blockEnd_ = 0;
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
  ReadAll();
  state_->workLeft += workBeyond_;
  if (stop_ == kPreempted) state_->registers[kRip] = state_->next;
  if (failed_) return env.Undefined();
  if (error != UC_ERR_OK && stop_ == kHalt) {
    state_->error = error;
    stop_ = kEngineError;
  }
  return Napi::Number::New(env, stop_);
}

// stop(): from inside a callback. Nothing is served after it, and the run ends with the block at the latest.
Napi::Value Engine::Stop(const Napi::CallbackInfo& info) {
  if (running_) EndAt(kStopped);
  return info.Env().Undefined();
}

}  // namespace vmtbench

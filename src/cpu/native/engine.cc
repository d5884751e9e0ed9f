// What TypeScript calls. The hooks are in hooks.cc.
#include "engine.h"

#include <atomic>
#include <string>

namespace vmtbench {

namespace {

constexpr std::array<int, kRegisters> kIds64 = {
    UC_X86_REG_RAX, UC_X86_REG_RBX, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_RSI, UC_X86_REG_RDI,
    UC_X86_REG_RBP, UC_X86_REG_RSP, UC_X86_REG_R8,  UC_X86_REG_R9,  UC_X86_REG_R10, UC_X86_REG_R11,
    UC_X86_REG_R12, UC_X86_REG_R13, UC_X86_REG_R14, UC_X86_REG_R15, UC_X86_REG_RIP, UC_X86_REG_EFLAGS};

// r8..r15 do not exist below 64 bits: their places read a register that stays 0.
constexpr std::array<int, kRegisters> kIds32 = {
    UC_X86_REG_EAX, UC_X86_REG_EBX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_ESI, UC_X86_REG_EDI,
    UC_X86_REG_EBP, UC_X86_REG_ESP, UC_X86_REG_DR0, UC_X86_REG_DR0, UC_X86_REG_DR0, UC_X86_REG_DR0,
    UC_X86_REG_DR0, UC_X86_REG_DR0, UC_X86_REG_DR0, UC_X86_REG_DR0, UC_X86_REG_EIP, UC_X86_REG_EFLAGS};

// Made so far, in all threads.
std::atomic<uint64_t> engines{0};

napi_ref Keep(napi_env env, const Napi::Value& function) {
  napi_ref ref = nullptr;
  napi_create_reference(env, function, 1, &ref);
  return ref;
}

}  // namespace

uint64_t Address(const Napi::Value& value) {
  bool lossless;
  return value.As<Napi::BigInt>().Uint64Value(&lossless);
}

Napi::Function Engine::Define(Napi::Env env) {
  return DefineClass(env, "Engine",
                     {InstanceMethod<&Engine::Map>("map"), InstanceMethod<&Engine::Unmap>("unmap"),
                      InstanceMethod<&Engine::ReadRegister>("readRegister"),
                      InstanceMethod<&Engine::WriteRegister>("writeRegister"),
                      InstanceMethod<&Engine::SetDescriptorTable>("setDescriptorTable"),
                      InstanceMethod<&Engine::LoadSegment>("loadSegment"), InstanceMethod<&Engine::Run>("run"),
                      InstanceMethod<&Engine::Stop>("stop"), InstanceMethod<&Engine::SaveContext>("saveContext"),
                      InstanceMethod<&Engine::RestoreContext>("restoreContext"),
                      InstanceMethod<&Engine::InvalidateCode>("invalidateCode"),
                      InstanceMethod<&Engine::SetTrap>("setTrap"), InstanceMethod<&Engine::ClearTrap>("clearTrap"),
                      InstanceMethod<&Engine::ReturnSlotIn>("returnSlotIn"),
                      InstanceMethod<&Engine::Preempt>("preempt"),
                      InstanceMethod<&Engine::CoverEdges>("coverEdges"),
                      InstanceMethod<&Engine::CountBlocks>("countBlocks"),
                      InstanceMethod<&Engine::ReadEdgeCounts>("edgeCounts"), InstanceMethod<&Engine::Close>("close")});
}

// new Engine(bits, state: Uint8Array, { onPort, locate, onCpuid, onPoll })
Engine::Engine(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Engine>(info), env_(info.Env()), id_(++engines) {
  const uint32_t bits = info[0].As<Napi::Number>();
  auto state = info[1].As<Napi::Uint8Array>();
  const auto callbacks = info[2].As<Napi::Object>();
  if (state.ByteLength() != sizeof(State)) {
    Napi::Error::New(env_, "the addon and the TypeScript beside it are of different versions").ThrowAsJavaScriptException();
    return;
  }
  state_ = reinterpret_cast<State*>(state.Data());
  stateOwner_ = Napi::Persistent(state.As<Napi::Object>());
  mode_ = bits == 64 ? UC_MODE_64 : bits == 32 ? UC_MODE_32 : UC_MODE_16;
  ids_ = bits == 64 ? kIds64 : kIds32;
  word_ = bits == 64 ? 8 : 4;
  for (int i = 0; i < kRegisters; i++) slots_[i] = &shadow_[i];

  if (!Open()) return;
  if (uc_context_alloc(uc_, &context_) != UC_ERR_OK) {
    Refuse(UC_ERR_NOMEM, "save registers");
    return;
  }
  onPort_ = Keep(env_, callbacks.Get("onPort"));
  locate_ = Keep(env_, callbacks.Get("locate"));
  onCpuid_ = Keep(env_, callbacks.Get("onCpuid"));
  onPoll_ = Keep(env_, callbacks.Get("onPoll"));
  ReadAll();
}

Engine::~Engine() { Free(); }

// The callbacks know the machine, and the machine this object: held any longer, none of them could ever be collected.
// This object itself goes when the collector comes by.
void Engine::Free() {
  if (context_ != nullptr) uc_context_free(context_);
  context_ = nullptr;
  if (uc_ != nullptr) uc_close(uc_);
  uc_ = nullptr;
  regions_.clear();
  edgeOwners_.clear();
  coverage_ = Coverage();
  std::vector<Site>().swap(sites_);
  for (napi_ref* ref : {&onPort_, &locate_, &onCpuid_, &onPoll_}) {
    if (*ref != nullptr) napi_delete_reference(env_, *ref);
    *ref = nullptr;
  }
}

void Engine::Refuse(uc_err error, const char* doing) {
  Napi::Error::New(env_, std::string("the CPU engine cannot ") + doing + ": " + uc_strerror(error))
      .ThrowAsJavaScriptException();
}

bool Engine::Opened(Napi::Env env) {
  if (uc_ != nullptr) return true;
  Napi::Error::New(env, "the machine is closed").ThrowAsJavaScriptException();
  return false;
}

// map(address, memory: Uint8Array, protection, dirtyFlags: Uint8Array, dirtyPages: Uint32Array,
//     shadow: Uint8Array | null, guardReturns: boolean)
Napi::Value Engine::Map(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  auto memory = info[1].As<Napi::Uint8Array>();
  const uint32_t protection = info[2].As<Napi::Number>();
  auto flags = info[3].As<Napi::Uint8Array>();
  auto pages = info[4].As<Napi::Uint32Array>();
  Region region{Address(info[0]), memory.ByteLength(), memory.Data(), flags.Data(), pages.Data(),
                info[5].IsNull() ? nullptr : info[5].As<Napi::Uint8Array>().Data(), protection, {}};
  if (!Show(region)) return info.Env().Undefined();
  region.owners.push_back(Napi::Persistent(memory.As<Napi::Object>()));
  region.owners.push_back(Napi::Persistent(flags.As<Napi::Object>()));
  region.owners.push_back(Napi::Persistent(pages.As<Napi::Object>()));
  if (region.shadow != nullptr) region.owners.push_back(Napi::Persistent(info[5].As<Napi::Object>()));
  if (info[6].As<Napi::Boolean>()) {
    stackBase_ = region.address;
    stackSize_ = region.size;
    stackMemory_ = region.memory;
  }
  regions_.push_back(std::move(region));
  return info.Env().Undefined();
}

Napi::Value Engine::Unmap(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  const uint64_t address = Address(info[0]);
  for (size_t i = 0; i < regions_.size(); i++) {
    if (regions_[i].address != address) continue;
    if (const uc_err error = uc_mem_unmap(uc_, address, regions_[i].size); error != UC_ERR_OK) Refuse(error, "unmap memory");
    regions_.erase(regions_.begin() + static_cast<std::ptrdiff_t>(i));
    if (address == stackBase_) stackSize_ = 0;
    lastRegion_ = 0;
    generation_++;
    break;
  }
  return info.Env().Undefined();
}

// invalidateCode(address, size): code there was written behind the engine's back
Napi::Value Engine::InvalidateCode(const Napi::CallbackInfo& info) {
  if (!Opened(info.Env())) return info.Env().Undefined();
  const uint64_t address = Address(info[0]);
  uc_ctl_remove_cache(uc_, address, address + info[1].As<Napi::Number>().Int64Value());
  generation_++;
  return info.Env().Undefined();
}

// returnSlotIn(address, size): where a guarded return address lies in that range, or null
Napi::Value Engine::ReturnSlotIn(const Napi::CallbackInfo& info) {
  const uint64_t address = Address(info[0]);
  const uint64_t end = address + static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  for (const uint64_t slot : returnSlots_) {
    if (slot < end && address < slot + word_) return Napi::BigInt::New(info.Env(), slot);
  }
  return info.Env().Null();
}

Napi::Value Engine::Close(const Napi::CallbackInfo& info) {
  if (running_) {
    Napi::Error::New(info.Env(), "the machine is running: close it after run() returned").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  // The memory goes now, and not when the collector comes by: a caller in a loop may never let it.
  for (Region& region : regions_) {
    for (Napi::ObjectReference& owner : region.owners) owner.Value().As<Napi::TypedArray>().ArrayBuffer().Detach();
  }
  Free();
  return info.Env().Undefined();
}

}  // namespace vmtbench

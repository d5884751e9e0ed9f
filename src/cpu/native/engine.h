// One Unicorn engine, and the hooks that bring its port accesses, faults and stores out of it.
#pragma once
#include <napi.h>
#include <unicorn/unicorn.h>

#include <array>
#include <unordered_map>
#include <utility>
#include <vector>

#include "state.h"

namespace vmtbench {

// A mapped range of guest memory. The bytes belong to a JavaScript ArrayBuffer; `owners` keeps it alive.
struct Region {
  uint64_t address;
  uint64_t size;
  uint8_t* memory;
  uint8_t* dirtyFlags;   // one a page
  uint32_t* dirtyPages;  // [0] = how many, then the page numbers in order of first store
  uint8_t* shadow;       // one byte a byte, or null: not checked
  uint32_t protection;   // UC_PROT_*
  std::vector<Napi::ObjectReference> owners;

  bool executable() const { return (protection & UC_PROT_EXEC) != 0; }
};

uint64_t Address(const Napi::Value& value);

class Engine : public Napi::ObjectWrap<Engine> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Engine(const Napi::CallbackInfo& info);
  ~Engine() override;

 private:
  Napi::Value Map(const Napi::CallbackInfo& info);
  Napi::Value Unmap(const Napi::CallbackInfo& info);
  Napi::Value ReadRegister(const Napi::CallbackInfo& info);
  Napi::Value WriteRegister(const Napi::CallbackInfo& info);
  Napi::Value SetDescriptorTable(const Napi::CallbackInfo& info);
  Napi::Value Run(const Napi::CallbackInfo& info);
  Napi::Value Stop(const Napi::CallbackInfo& info);
  Napi::Value SaveContext(const Napi::CallbackInfo& info);
  Napi::Value RestoreContext(const Napi::CallbackInfo& info);
  Napi::Value InvalidateCode(const Napi::CallbackInfo& info);
  Napi::Value TrapInstruction(const Napi::CallbackInfo& info);
  Napi::Value ReturnSlotIn(const Napi::CallbackInfo& info);
  Napi::Value WatchAccesses(const Napi::CallbackInfo& info);
  Napi::Value StopBehind(const Napi::CallbackInfo& info);
  Napi::Value Preempt(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  static uint32_t OnIn(uc_engine*, uint32_t port, int width, void* self);
  static void OnOut(uc_engine*, uint32_t port, int width, uint32_t value, void* self);
  static int OnCpuid(uc_engine*, void* self);
  static void OnBlock(uc_engine*, uint64_t address, uint32_t size, void* self);
  static void OnLoad(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t value, void* self);
  static void OnStore(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t value, void* self);
  static bool OnMemoryFault(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t value, void* self);
  static void OnInterrupt(uc_engine*, uint32_t vector, void* self);
  static bool OnInvalid(uc_engine*, void* self);
  static void OnTrap(uc_engine*, uint64_t address, uint32_t size, void* self);
  static void OnWatchedBlock(uc_engine*, uint64_t address, uint32_t size, void* self);
  static void OnBehindAccess(uc_engine*, uint64_t address, uint32_t size, void* self);

  uint32_t Access(uint32_t port, int width, bool output, uint32_t value);
  uint32_t Locate();
  bool Call(napi_ref callback, uint32_t* result = nullptr);
  void Refuse(uc_err error, const char* doing);
  bool Opened(Napi::Env env);
  void Object(Misuse what, uint64_t address, int size);
  void CheckShadow(Region& region, uint64_t offset, int size, bool write);
  void NoteReturnSlot();
  void GuardReturnSlots(uint64_t address, int size);
  Region* Find(uint64_t address);
  void ReadAll();
  uc_err Emulate();
  bool Open();
  bool Show(const Region& region);
  void Trap(const std::pair<uint64_t, uint64_t>& range);
  void Reopen();
  void Watch();
  void StopBefore(uint64_t address);
  void Free();
  void LoadAccessRegisters();
  void StoreRegisters(int first, int last);

  struct Site {
    uint64_t block;
    uint32_t index;
    uint32_t generation;
    uint32_t site;
  };

  // A block that was looked at, as it was then.
  struct Watched {
    uint32_t generation;
    uint32_t size;
  };

  napi_env env_;
  uc_engine* uc_ = nullptr;
  uc_mode mode_ = UC_MODE_64;
  State* state_ = nullptr;
  Napi::ObjectReference stateOwner_;
  // The callbacks of the contract, by napi_ref: a raw call is the cheapest that N-API has.
  napi_ref onPort_ = nullptr;
  napi_ref locate_ = nullptr;
  napi_ref onCpuid_ = nullptr;
  napi_ref onTrap_ = nullptr;
  napi_ref onWatch_ = nullptr;
  std::array<int, kRegisters> ids_{};
  std::array<uint64_t, kRegisters> shadow_{};  // what the engine holds, as far as state_ was filled from it
  std::array<void*, kRegisters> slots_{};
  std::vector<Region> regions_;
  std::vector<std::pair<uint64_t, uint64_t>> traps_;  // instructions that stop here before they run: first, last
  size_t lastRegion_ = 0;
  std::array<Site, 4096> sites_{};
  uint32_t word_ = 8;        // bytes of an address
  uint32_t generation_ = 1;  // of the guest's code: a store to an executable page makes every known site stale
  uint32_t accessInBlock_ = 0;
  uint64_t stackBase_ = 0;             // the region whose return addresses are guarded
  uint64_t stackSize_ = 0;             // 0: none is
  uint8_t* stackMemory_ = nullptr;
  std::vector<uint64_t> returnSlots_;  // where the calls that are under way will find theirs, the innermost last
  uint64_t home_ = 0;                  // where calls from outside return to
  uint64_t blockEnd_ = 0;              // where the block before this one ended: what a CALL would have pushed
  bool watching_ = false;                          // port accesses: see preempt.cc
  std::unordered_map<uint64_t, Watched> watched_;  // by address
  std::vector<uint64_t> stops_;                    // instructions behind a port access
  uint32_t stop_ = kHalt;
  bool preempt_ = false;  // the run is to stop behind the access that is being served
  bool running_ = false;
  bool resume_ = false;  // stopped to go on at state_'s rip
  bool failed_ = false;  // a callback threw; its exception is pending
};

}  // namespace vmtbench

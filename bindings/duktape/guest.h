#ifndef POSTERN_BINDINGS_DUKTAPE_GUEST_H_
#define POSTERN_BINDINGS_DUKTAPE_GUEST_H_

#include <duktape.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/duktape/heap.h"
#include "bindings/duktape/script.h"
#include "bindings/host/guest_monitor.h"
#include "bindings/host/plugin_calls.h"

// Duktape reports errors by longjmp, which runs no destructors, and so do
// limits (heap.h). In every function of this folder that takes a duk_context*,
// local variables are therefore trivially destructible; what holds memory lives
// in the Guest, and is touched by functions that are noexcept.

namespace postern {
namespace duktape {

// What the functions of one guest ask and act through. One thread at a time.
class Guest : public host::GuestMonitor {
 public:
  Guest(postern_context* context, const host::Catalog& catalog,
        const ScriptOptions& options, ScriptResult* result);

  static Guest& Of(duk_context* ctx);

  Heap& heap() { return heap_; }
  host::PluginCalls& calls() { return calls_; }
  const ScriptOptions& options() const { return options_; }

  // A name or pattern from the guest as UTF-8, kept in word(index). False, with
  // a failure(), for what is no text.
  bool TakeWord(size_t index, const char* text, size_t size) noexcept;
  const std::string& word(size_t index) const { return words_[index]; }
  // Forgets the words from `count` on.
  void KeepWords(size_t count) noexcept {
    if (words_.size() > count) words_.resize(count);
  }
  // By the words: a permission, and those of a resource.
  bool Has() noexcept { return HasBy(words_); }
  bool Drop() noexcept { return DropBy(words_); }

  // Operations on files by word(0), and word(1) where there is a second name.
  // False, with a failure(), if they were refused.
  bool ReadFile() noexcept;  // bytes()
  bool WriteFile(const char* bytes, size_t size, bool append) noexcept;
  bool Info(bool follow, postern_file_info* info) noexcept;
  bool List() noexcept;  // words from 1 on
  bool Access(uint32_t mode) noexcept;
  bool MakeDirectory() noexcept;
  bool Remove() noexcept;
  bool RemoveDirectory() noexcept;
  bool Rename() noexcept;
  bool Copy() noexcept;
  bool ReadLink() noexcept;  // bytes()
  bool SetSize(uint64_t size) noexcept;

  // What was read: text for the guest, or the bytes as they are.
  const std::string& bytes() const { return bytes_; }
  bool BytesToText() noexcept;
  bool WordsToText() noexcept;
  size_t word_count() const { return words_.size(); }

  // A call of a plugin: its arguments into calls(), and calls().result() into
  // bytes(). False with calls().problem().
  bool TakeArguments(const char* json, size_t size) noexcept;
  bool ResultToJson() noexcept;

  // A variable that env.read grants, into bytes(); `*is_set` says if there is
  // one. Names that are granted, from word 0 on.
  bool GetVariable(bool* is_set) noexcept;
  bool ListVariables() noexcept;

  // Gives text to the host, within the limit of output.
  void Print(const char* text, size_t size) noexcept;

 private:
  bool HasFiles(postern_permission permission) noexcept;
  bool Done(postern_status status, postern_permission permission,
            size_t about = 0) noexcept;
  bool TakeBuffer(postern_buffer* buffer) noexcept;

  const ScriptOptions& options_;
  ScriptResult* const result_;
  const postern_files* const files_;
  Heap heap_;
  host::PluginCalls calls_;
  std::vector<std::string> words_;
  std::string bytes_;
  size_t printed_ = 0;
};

// Define the value on top as a field of the object, or an element of the array,
// below it, and pop it. Putting it there would call a setter that the guest set
// on a prototype, in the middle of what is being told.
void Define(duk_context* ctx, const char* field);
void DefineAt(duk_context* ctx, duk_uarridx_t index);

// Throws the guest's failure() as an Error: `code` ("ERR_ACCESS_DENIED",
// "ENOENT"), and `permission` and `resource`, or `errno` and `path`.
[[noreturn]] void ThrowFailure(duk_context* ctx);
// Throws a denial.
[[noreturn]] void ThrowDenial(duk_context* ctx,
                              const host::GuestDenial& denial);
// Whether the value at `index` is an error that ThrowDenial() made.
bool IsDenial(duk_context* ctx, duk_idx_t index);

// Takes the argument, which must be text, as a word.
void TakeWord(duk_context* ctx, duk_idx_t index, size_t word);

// Fill the global object, and what stands there alone is what a guest reaches.
void AddFiles(duk_context* ctx);        // fs
void AddEnvironment(duk_context* ctx);  // env
void AddPermission(duk_context* ctx);   // permission
void AddOutput(duk_context* ctx);       // print, console
void AddPlugins(duk_context* ctx);      // require

}  // namespace duktape
}  // namespace postern

#endif  // POSTERN_BINDINGS_DUKTAPE_GUEST_H_

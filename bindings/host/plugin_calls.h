#ifndef POSTERN_BINDINGS_HOST_PLUGIN_CALLS_H_
#define POSTERN_BINDINGS_HOST_PLUGIN_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "bindings/c/postern.h"
#include "bindings/host/catalog.h"
#include "bindings/host/denial.h"
#include "bindings/host/value.h"

namespace postern {
namespace host {

// A denied call or load, for the host.
struct Denial {
  std::string operation;         // "exec.in.run"
  std::string explanation;       // several lines
  std::string explanation_json;  // one line
};

// A denied call is explained if its arguments take at most kMaxExplainedBytes;
// beyond that the two texts say that it is not. The texts of all denials of a
// run take at most kMaxDenialBytes; further denials are not kept.
constexpr size_t kMaxExplainedBytes = 16 << 10;
constexpr size_t kMaxDenialBytes = 1 << 20;

// Gives the guest of any interpreter the plugins that its context grants. A
// plugin may be loaded if plugin.load of it is granted, or if nothing is said
// about that and a call of one of its functions is granted in some form:
// loading runs nothing.
//
// A call is copied by the adapter, bound to positions by the plugin's own
// signature, decided (postern_enforce) and run, in this order, on these same
// copies: between the decision and the handler no code of the guest runs.
// Arguments by name are thus judged exactly as those by position. An argument
// that was judged as a path reaches the handler as the absolute name that was
// judged: what a relative one means depends on where the handler, or a program,
// looks.
//
// One thread at a time. Nothing here throws: interpreters' errors jump over
// frames, so the call in progress lives in this object.
class PluginCalls {
 public:
  struct Options {
    postern_context* context = nullptr;  // borrowed; null denies everything
    const Catalog* catalog = nullptr;
    DenialDetail detail = DenialDetail::kPlain;
    int directory = -1;  // of the app; see PluginCall
  };
  enum class Verdict : uint8_t { kGranted, kDenied, kError };

  // What a guest hands over, copied; `bytes` is that of the text in it.
  struct Arguments {
    std::vector<Value> args;
    std::vector<NamedValue> named;
    size_t bytes = 0;
  };

  explicit PluginCalls(const Options& options) : options_(options) {}
  PluginCalls(const PluginCalls&) = delete;
  PluginCalls& operator=(const PluginCalls&) = delete;

  // Nobody is asked, and no handler should run, after this moment.
  void set_deadline(absl::Time deadline) { deadline_ = deadline; }

  // May the plugin be loaded? plugin() is the one then.
  Verdict Load(const char* name) noexcept;
  const Plugin* plugin() const { return loading_; }

  // Begins a call: empty arguments, to be filled by the adapter.
  Arguments& NewCall() noexcept;
  size_t bytes() const { return call_.bytes; }
  Verdict Decide(const Plugin& plugin, const PluginFunction& function) noexcept;
  // Runs the call that was just granted. False, with a problem().
  bool Run(const PluginFunction& function) noexcept;

  const GuestDenial& denial() const { return denial_; }
  const std::string& problem() const { return problem_; }  // "" = not known
  void set_problem(const char* problem) noexcept;
  const Value& result() const { return result_; }

  // The first 100 within kMaxDenialBytes.
  std::vector<Denial> TakeDenials() { return std::move(denials_); }

 private:
  Verdict DecideLoad(const char* name);
  Verdict DecideCall(const std::string& function);
  bool SomeCallIsGranted(const Plugin& plugin);
  bool Enforce(const postern_access& access, postern_decision* decision);
  bool UseDecidedPaths(const postern_access& access, postern_decision decision);
  void NoteDenial(const postern_access& access, postern_decision decision);
  void KeepDenial(const postern_access& access,
                  const postern_explanation* explanation);

  const Options options_;
  absl::Time deadline_ = absl::InfiniteFuture();
  const Plugin* loading_ = nullptr;
  // The call in progress.
  Arguments call_;
  std::vector<size_t> paths_;
  std::string problem_;
  GuestDenial denial_;
  Value result_;
  std::vector<Denial> denials_;
  size_t denial_bytes_ = 0;
};

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_PLUGIN_CALLS_H_

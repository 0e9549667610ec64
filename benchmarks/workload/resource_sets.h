#ifndef POSTERN_BENCHMARKS_WORKLOAD_RESOURCE_SETS_H_
#define POSTERN_BENCHMARKS_WORKLOAD_RESOURCE_SETS_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "permission/access.h"
#include "permission/policy.h"

namespace postern {
namespace benchmarks {

// Rules for resources that are no paths, accesses to ask for, half of them
// granted, and what must be said of each. Immutable once made; not movable,
// since accesses are views of it.
class ResourceSet {
 public:
  // Variables by their exact names.
  static std::unique_ptr<const ResourceSet> ExactNames(size_t rules);
  // One rule in ten is a beginning of names and "*".
  static std::unique_ptr<const ResourceSet> MixedNames(size_t rules);
  // Ten rules a function, each with two arguments as they are.
  static std::unique_ptr<const ResourceSet> LiteralCalls(size_t rules);
  // LiteralCalls() with a regular expression for each argument.
  static std::unique_ptr<const ResourceSet> RegexCalls(size_t rules);
  // Keys of three parts; ten rules share the first.
  static std::unique_ptr<const ResourceSet> Secrets(size_t rules);
  // Hosts at a port; one rule in ten is for all hosts below one.
  static std::unique_ptr<const ResourceSet> HostNames(size_t rules);
  // Addresses at a port; one rule in ten is a block of 256.
  static std::unique_ptr<const ResourceSet> Addresses(size_t rules);

  ResourceSet(const ResourceSet&) = delete;
  ResourceSet& operator=(const ResourceSet&) = delete;

  const std::string& name() const { return name_; }  // "names/exact/rules:10"
  const Policy& policy() const { return *policy_; }
  size_t size() const { return queries_.size(); }
  const Access& operator[](size_t i) const { return queries_[i]; }
  // An error that names the first access that is not decided as it must be.
  absl::Status CheckVerdicts() const;

 private:
  ResourceSet() = default;

  static std::unique_ptr<const ResourceSet> Names(std::string name,
                                                  size_t rules, size_t period);
  static std::unique_ptr<const ResourceSet> Calls(std::string name,
                                                  size_t rules, bool regex);
  static std::unique_ptr<const ResourceSet> Endpoints(
      std::string name, size_t rules, std::string (*rule)(size_t),
      std::string (*query)(size_t, bool));
  absl::string_view Keep(std::string text);
  void AskName(std::string name, bool allowed);
  void AskCall(std::string function, std::vector<std::string> args,
               bool allowed);
  void AskSecret(std::vector<std::string> parts, bool allowed);
  void AskEndpoint(std::string endpoint, bool allowed);

  std::string name_;
  std::shared_ptr<const Policy> policy_;
  std::deque<std::string> texts_;
  std::deque<std::vector<CallArg>> args_;
  std::deque<std::vector<absl::string_view>> parts_;
  std::vector<Access> queries_;
  std::vector<bool> allowed_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_RESOURCE_SETS_H_

#ifndef POSTERN_PERMISSION_INTERNAL_RULE_WARNINGS_H_
#define POSTERN_PERMISSION_INTERNAL_RULE_WARNINGS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "net/endpoint_pattern.h"
#include "permission/internal/known_programs.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/internal/rule_table.h"
#include "permission/policy_warning.h"

namespace postern {
namespace internal {

// Finds rules that are legal and do not do what their author may think. Used
// when building; the table and base directory outlive it. Not thread-safe.
class RuleWarnings {
 public:
  RuleWarnings(const RuleTable& rules, absl::string_view base_directory,
               std::vector<PolicyWarning>* warnings)
      : rules_(rules), base_directory_(base_directory), warnings_(*warnings) {}

  void Add(uint32_t number, const ParsedPattern& parsed);
  // After the last Add().
  void Finish();

 private:
  // Layer, kind of host, name, ports.
  using NameKey = std::tuple<size_t, net::HostPattern::Kind, std::string,
                             uint32_t, uint32_t>;
  struct Below {
    uint32_t number;
    uint32_t permissions;
    std::string name;
    net::PortRange ports;
  };
  // Rules of one layer that are for much, and for files of processes with it.
  struct WideReads {
    uint32_t first = 0;
    size_t count = 0;
  };

  void Warn(const char* code, std::string message, uint32_t number);
  void AddSlip(uint32_t number, const ParsedPattern& parsed);
  void AddVoid(uint32_t number, const ParsedPattern& parsed);
  void AddReadingProc(uint32_t number, const ParsedPattern& parsed);
  void AddDeniedProc(uint32_t number, const ParsedPattern& parsed);
  void FinishReadingProc();
  void AddPrograms(uint32_t number, const ParsedPattern& parsed);
  void AddCommand(uint32_t number, const CommandPattern& command);
  void AddBelowBase(uint32_t number, const ParsedPattern& parsed);
  void AddNames(uint32_t number, const ParsedPattern& parsed);
  bool HoldsForApex(const Below& below) const;
  uint32_t Held(size_t layer, net::HostPattern::Kind kind,
                absl::string_view name, const net::PortRange& ports) const;

  const RuleTable& rules_;
  const absl::string_view base_directory_;
  std::vector<PolicyWarning>& warnings_;
  TrialBudget trials_;
  std::map<size_t, WideReads> wide_reads_;  // by layer
  bool denies_proc_ = false;
  std::vector<Below> below_;
  // The permissions that rules which deny or ask hold for such names.
  absl::flat_hash_map<NameKey, uint32_t> held_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_RULE_WARNINGS_H_

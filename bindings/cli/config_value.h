#ifndef POSTERN_BINDINGS_CLI_CONFIG_VALUE_H_
#define POSTERN_BINDINGS_CLI_CONFIG_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "net/csp/policy.h"

namespace postern {
namespace cli {

// A value in the configuration of a web server or app, YAML or JSON, and where
// it stands.
struct ConfigValue {
  enum class Kind : uint8_t { kNothing, kText, kList, kMap };

  Kind kind = Kind::kNothing;
  std::string text;  // of kText, numbers and words included
  csp::Place place;
  std::vector<ConfigValue> items;  // of kList; of kMap the values
  std::vector<std::string> keys;   // of kMap, each once
  std::vector<csp::Place> key_places;

  // The value of that key, or nullptr; also of what is no map.
  const ConfigValue* Find(absl::string_view key) const;
};

constexpr size_t kMaxConfigBytes = 256 << 10;
constexpr size_t kMaxConfigDepth = 32;
constexpr size_t kMaxConfigValues = 20000;

// Builds a value from what the reader of some form tells, in order, and holds
// it to the limits above. Every call returns false after the first problem.
// Called as MessageFiller is.
class ConfigBuilder {
 public:
  enum class Look : uint8_t { kString, kNumber, kWord };

  // `text` is what is read: places in it are told as byte offsets.
  ConfigBuilder(absl::string_view file, absl::string_view text);

  bool Field(absl::string_view name, size_t at);
  bool BeginMessage(size_t at);
  bool EndMessage() { return End(); }
  bool BeginList(size_t at);
  bool EndList(size_t) { return End(); }
  // "null" as a word is nothing.
  bool Scalar(Look look, absl::string_view text, size_t at);
  bool Fail(size_t at, absl::string_view message);  // always false

  bool failed() const { return !status_.ok(); }
  // How many lists and maps are open.
  size_t depth() const { return open_.size(); }
  // Whether a map is open that wants a key next.
  bool WantsKey() const;
  absl::StatusOr<ConfigValue> Take();

 private:
  bool Begin(ConfigValue::Kind kind, size_t at);
  bool End();
  bool Add(ConfigValue value);
  bool FailAt(const csp::Place& place, absl::string_view message);
  csp::Place PlaceAt(size_t offset) const;

  const absl::string_view file_;
  const absl::string_view text_;
  std::vector<ConfigValue> open_;
  std::vector<std::map<std::string, int>> lines_of_keys_;  // of those open
  ConfigValue root_;
  bool has_root_ = false;
  size_t count_ = 0;
  std::vector<size_t> lines_ = {0};  // offsets of their first bytes
  absl::Status status_;
};

// Reads JSON (RFC 8259). InvalidArgument "file:line:column: ..." beyond the
// limits, for a key that stands twice, and for what is no JSON.
absl::StatusOr<ConfigValue> ReadConfigJson(absl::string_view file,
                                           absl::string_view text);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_CONFIG_VALUE_H_

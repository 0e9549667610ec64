#include "bindings/cli/config_value.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "net/csp/policy_text.h"
#include "permission/proto/json_events.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {

const ConfigValue* ConfigValue::Find(absl::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  if (found == keys.end()) return nullptr;
  return &items[static_cast<size_t>(found - keys.begin())];
}

ConfigBuilder::ConfigBuilder(absl::string_view file, absl::string_view text)
    : file_(file), text_(text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') lines_.push_back(i + 1);
  }
}

csp::Place ConfigBuilder::PlaceAt(size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
  return {static_cast<int>(next - lines_.begin()),
          1 + static_cast<int>(offset - *(next - 1))};
}

bool ConfigBuilder::Fail(size_t at, absl::string_view message) {
  return FailAt(PlaceAt(at), message);
}

bool ConfigBuilder::FailAt(const csp::Place& place, absl::string_view message) {
  if (failed()) return false;
  status_ = absl::InvalidArgumentError(
      absl::StrCat(csp::PlaceInFile(file_, place), ": ", message));
  return false;
}

bool ConfigBuilder::WantsKey() const {
  return !open_.empty() && open_.back().kind == ConfigValue::Kind::kMap &&
         open_.back().keys.size() == open_.back().items.size();
}

bool ConfigBuilder::Field(absl::string_view name, size_t at) {
  if (failed()) return false;
  ConfigValue& map = open_.back();
  const csp::Place place = PlaceAt(at);
  const auto known = lines_of_keys_.back().emplace(name, place.line);
  if (!known.second) {
    return FailAt(
        place, absl::StrCat(
                   "a second ", internal::QuoteForDisplay(name.substr(0, 100)),
                   "; the first stands in line ", known.first->second));
  }
  map.keys.emplace_back(name);
  map.key_places.push_back(place);
  return true;
}

bool ConfigBuilder::BeginMessage(size_t at) {
  return Begin(ConfigValue::Kind::kMap, at);
}

bool ConfigBuilder::BeginList(size_t at) {
  return Begin(ConfigValue::Kind::kList, at);
}

bool ConfigBuilder::Begin(ConfigValue::Kind kind, size_t at) {
  if (failed()) return false;
  if (open_.size() >= kMaxConfigDepth) {
    return Fail(at, absl::StrCat("more than ", kMaxConfigDepth,
                                 " levels, one in another"));
  }
  ConfigValue value;
  value.kind = kind;
  value.place = PlaceAt(at);
  open_.push_back(std::move(value));
  lines_of_keys_.emplace_back();
  return true;
}

bool ConfigBuilder::End() {
  if (failed()) return false;
  ConfigValue value = std::move(open_.back());
  open_.pop_back();
  lines_of_keys_.pop_back();
  return Add(std::move(value));
}

bool ConfigBuilder::Scalar(Look look, absl::string_view text, size_t at) {
  if (failed()) return false;
  ConfigValue value;
  const bool nothing = look == Look::kWord && text == "null";
  value.kind = nothing ? ConfigValue::Kind::kNothing : ConfigValue::Kind::kText;
  if (!nothing) value.text = std::string(text);
  value.place = PlaceAt(at);
  return Add(std::move(value));
}

bool ConfigBuilder::Add(ConfigValue value) {
  if (++count_ > kMaxConfigValues) {
    return FailAt(value.place,
                  absl::StrCat("more than ", kMaxConfigValues, " values"));
  }
  if (open_.empty()) {
    root_ = std::move(value);
    has_root_ = true;
  } else {
    open_.back().items.push_back(std::move(value));
  }
  return true;
}

absl::StatusOr<ConfigValue> ConfigBuilder::Take() {
  if (!failed() && !has_root_) Fail(0, "an empty file");
  if (failed()) return status_;
  return std::move(root_);
}

absl::StatusOr<ConfigValue> ReadConfigJson(absl::string_view file,
                                           absl::string_view text) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  ConfigBuilder builder(file, text);
  if (text.size() > kMaxConfigBytes) {
    builder.Fail(0, absl::StrCat("longer than ", kMaxConfigBytes, " bytes"));
  } else {
    internal::ReadJsonEvents(text, &builder);
  }
  return builder.Take();
}

}  // namespace cli
}  // namespace postern

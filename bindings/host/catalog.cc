#include "bindings/host/catalog.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace postern {
namespace host {
namespace {

bool IsWord(absl::string_view word) {
  return !word.empty() && !absl::ascii_isdigit(word[0]) &&
         std::all_of(word.begin(), word.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '_';
         });
}

bool IsDottedName(absl::string_view name) {
  const std::vector<absl::string_view> words = absl::StrSplit(name, '.');
  return name.size() <= 255 && std::all_of(words.begin(), words.end(), IsWord);
}

absl::Status CheckParameters(const Plugin& plugin,
                             const PluginFunction& function) {
  std::set<absl::string_view> seen;
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    absl::string_view name = function.parameters[i];
    const bool last = i + 1 == function.parameters.size();
    if (last && !name.empty() && name[0] == '*') name.remove_prefix(1);
    if (!IsWord(name) || !seen.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid parameter \"", function.parameters[i],
                       "\" of \"", plugin.id, ".", function.name, "\""));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckFunction(const Plugin& plugin,
                           const PluginFunction& function) {
  if (!IsWord(function.name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid function name \"", function.name,
                     "\" in plugin \"", plugin.id, "\""));
  }
  if (!function.handler) {
    return absl::InvalidArgumentError(
        absl::StrCat("no handler for \"", plugin.id, ".", function.name, "\""));
  }
  return CheckParameters(plugin, function);
}

}  // namespace

bool BindByName(absl::Span<const std::string> parameters,
                absl::Span<const NamedValue> named, std::vector<Value>* args) {
  std::vector<Value> bound = *args;
  std::vector<bool> given(std::max(bound.size(), parameters.size()), false);
  std::fill_n(given.begin(), bound.size(), true);
  for (const NamedValue& arg : named) {
    const auto it = std::find(parameters.begin(), parameters.end(), arg.name);
    if (it == parameters.end() || (*it)[0] == '*') return false;
    const size_t position = it - parameters.begin();
    if (given[position]) return false;
    given[position] = true;
    if (bound.size() <= position) bound.resize(position + 1);
    bound[position] = arg.value;
  }
  *args = std::move(bound);
  return true;
}

absl::Status Catalog::Add(Plugin plugin) {
  if (!IsDottedName(plugin.id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid plugin id \"", plugin.id, "\""));
  }
  std::set<absl::string_view> names;
  for (const PluginFunction& function : plugin.functions) {
    absl::Status status = CheckFunction(plugin, function);
    if (!status.ok()) return status;
    if (!names.insert(function.name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("function \"", function.name,
                       "\" is declared twice in plugin \"", plugin.id, "\""));
    }
  }
  std::string id = plugin.id;
  if (!plugins_.emplace(id, std::move(plugin)).second) {
    return absl::InvalidArgumentError(
        absl::StrCat("plugin \"", id, "\" is already in the catalog"));
  }
  return absl::OkStatus();
}

const Plugin* Catalog::Find(absl::string_view id) const {
  const auto it = plugins_.find(std::string(id));
  return it == plugins_.end() ? nullptr : &it->second;
}

}  // namespace host
}  // namespace postern

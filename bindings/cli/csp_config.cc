#include "bindings/cli/csp_config.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "net/csp/directive.h"
#include "net/csp/source.h"
#include "net/csp/url.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using csp::Directive;
using internal::QuoteForDisplay;
using Kind = ConfigValue::Kind;

constexpr char kDirectives[] = "directives";
constexpr char kConfig[] = "config";
constexpr char kExternalApps[] = "external_apps";

absl::Status Error(absl::string_view file, const csp::Place& place,
                   absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(csp::PlaceInFile(file, place), ": ", what));
}

bool IsNameOfVariable(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
  });
}

// ---- csp.yaml ----

class DirectivesReader {
 public:
  DirectivesReader(absl::string_view file, csp::LeftOut left_out,
                   CspVariables* variables,
                   std::vector<csp::ParseWarning>* warnings)
      : file_(file),
        left_out_(left_out),
        variables_(variables),
        warnings_(warnings) {}

  absl::StatusOr<csp::PolicyText> Read(const ConfigValue& root) {
    for (size_t i = 0; i < root.keys.size(); ++i) {
      if (root.keys[i] == kDirectives) continue;
      return Error(file_, root.key_places[i],
                   absl::StrCat("unknown key ", QuoteForDisplay(root.keys[i]),
                                ", expected \"directives\" alone"));
    }
    const ConfigValue* const map = root.Find(kDirectives);
    if (map == nullptr || map->kind != Kind::kMap) {
      return Error(file_, map == nullptr ? root.place : map->place,
                   "expected a map of directives below \"directives\"");
    }
    for (size_t i = 0; i < map->keys.size(); ++i) {
      const absl::Status status =
          ReadDirective(map->keys[i], map->key_places[i], map->items[i]);
      if (!status.ok()) return status;
    }
    return std::move(out_);
  }

 private:
  absl::Status ReadDirective(absl::string_view key, const csp::Place& place,
                             const ConfigValue& list) {
    const absl::StatusOr<absl::optional<Directive>> name =
        csp::ParseDirectiveOrLeaveOut(key, place, left_out_, warnings_);
    if (!name.ok()) return Error(file_, place, name.status().message());
    if (!*name) return absl::OkStatus();
    if (out_.policy.Find(**name) != nullptr) {
      return Error(file_, place,
                   absl::StrCat("a second ", csp::DirectiveName(**name)));
    }
    csp::DirectiveValue value;
    value.directive = **name;
    value.place = place;
    const absl::Status status = ReadWords(list, &value);
    if (!status.ok()) return status;
    csp::Place at;
    const absl::Status complete = csp::CheckAuthoredValue(value, &at);
    if (!complete.ok()) return Error(file_, at, complete.message());
    out_.policy.directives.push_back(std::move(value));
    return absl::OkStatus();
  }

  absl::Status ReadWords(const ConfigValue& list, csp::DirectiveValue* value) {
    const bool sources =
        csp::ValueKindOf(value->directive) == csp::ValueKind::kSources;
    const bool nothing = list.kind == Kind::kNothing ||
                         (list.kind == Kind::kList && list.items.empty());
    if (nothing && !sources) return absl::OkStatus();
    if (list.kind != Kind::kList || nothing) {
      return Error(file_, nothing ? value->place : list.place,
                   absl::StrCat("expected a list of sources for ",
                                csp::DirectiveName(value->directive),
                                "; none is written \"'none'\""));
    }
    for (const ConfigValue& item : list.items) {
      const absl::Status status = ReadWord(item, value);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ReadWord(const ConfigValue& item, csp::DirectiveValue* value) {
    if (item.kind != Kind::kText) {
      return Error(file_, item.place, "expected one source, as text");
    }
    if (++count_ > csp::kMaxPolicySources) {
      return Error(file_, item.place,
                   absl::StrCat("more than ", csp::kMaxPolicySources,
                                " sources in one file"));
    }
    const absl::StatusOr<std::string> word = variables_->Replace(item.text);
    if (!word.ok()) return Error(file_, item.place, word.status().message());
    const absl::Status status = csp::AddAuthoredWord(*word, item.place, value);
    if (status.ok()) return status;
    return Error(file_, item.place,
                 absl::StrCat(status.message(), HintFor(*word)));
  }

  // Quotes of the file's form are not those of the source.
  static std::string HintFor(const std::string& word) {
    if (absl::StrContains(word, ' ')) return "; write one source an item";
    const csp::Source quoted =
        csp::ParseSource(absl::StrCat("'", word, "'")).source;
    const bool keyword = quoted.kind != csp::SourceKind::kInvalid;
    return keyword && !absl::StrContains(word, '\'')
               ? absl::StrCat("; with both kinds of quotes: \"'", word, "'\"")
               : "";
  }

  const absl::string_view file_;
  const csp::LeftOut left_out_;
  CspVariables* const variables_;
  std::vector<csp::ParseWarning>* const warnings_;
  csp::PolicyText out_{std::string(file_), {}};
  int count_ = 0;
};

// ---- Apps ----

class AppReader {
 public:
  AppReader(absl::string_view file, CspVariables* variables)
      : file_(file), variables_(variables) {}

  absl::StatusOr<csp::PolicyText> Read(const ConfigValue& config) {
    absl::Status status = ReadUrl(config.Find("url"), {Directive::kFrameSrc});
    if (status.ok()) {
      status = ReadUrl(config.Find("companionUrl"),
                       {Directive::kConnectSrc, Directive::kImgSrc});
    }
    if (status.ok()) status = ReadSites(config);
    if (!status.ok()) return status;
    return std::move(out_);
  }

 private:
  // What is below "dashboards" and "sites", however it is nested: a value
  // nests no deeper than kMaxConfigDepth.
  absl::Status ReadSites(const ConfigValue& value) {
    for (const char* key : {"dashboards", "sites"}) {
      const ConfigValue* const list = value.Find(key);
      if (list == nullptr || list->kind == Kind::kNothing) continue;
      if (list->kind != Kind::kList) {
        return Error(file_, list->place,
                     absl::StrCat("expected a list of ", key));
      }
      for (const ConfigValue& one : list->items) {
        const absl::Status status = ReadSite(one);
        if (!status.ok()) return status;
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadSite(const ConfigValue& site) {
    if (site.kind != Kind::kMap) {
      return Error(file_, site.place, "expected a site, a map");
    }
    const ConfigValue* const target = site.Find("target");
    if (target != nullptr && target->text == "embedded") {
      const ConfigValue* const url = site.Find("url");
      if (url == nullptr) {
        return Error(file_, site.place, "an embedded site without url");
      }
      const absl::Status status = ReadUrl(url, {Directive::kFrameSrc});
      if (!status.ok()) return status;
    }
    return ReadSites(site);
  }

  absl::Status ReadUrl(const ConfigValue* value,
                       std::vector<Directive> directives) {
    if (value == nullptr || value->kind == Kind::kNothing) {
      return absl::OkStatus();
    }
    if (value->kind != Kind::kText) {
      return Error(file_, value->place, "expected a URL, as text");
    }
    const absl::StatusOr<std::string> text = variables_->Replace(value->text);
    if (!text.ok()) return Error(file_, value->place, text.status().message());
    if (text->empty()) return absl::OkStatus();
    const absl::StatusOr<csp::Url> url = csp::ParseUrl(*text);
    if (!url.ok()) return Error(file_, value->place, url.status().message());
    if (url->scheme != "https" && url->scheme != "http") {
      return Error(file_, value->place, "expected a URL of http or https");
    }
    // A frame goes to other pages of its host, and a client to other paths.
    const std::string origin =
        absl::StrCat(url->scheme, "://", url->host,
                     url->port ? absl::StrCat(":", *url->port) : "");
    for (Directive directive : directives) {
      const absl::Status status = Ask(directive, origin, value->place);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status Ask(Directive directive, const std::string& origin,
                   const csp::Place& place) {
    csp::DirectiveValue* value = out_.policy.Find(directive);
    if (value == nullptr) {
      out_.policy.directives.emplace_back();
      value = &out_.policy.directives.back();
      value->directive = directive;
      value->place = place;
    }
    if (!asked_.insert({directive, origin}).second) return absl::OkStatus();
    if (asked_.size() > static_cast<size_t>(csp::kMaxPolicySources)) {
      return Error(file_, place,
                   absl::StrCat("more than ", csp::kMaxPolicySources,
                                " sources in one file"));
    }
    const absl::Status status = csp::AddAuthoredWord(origin, place, value);
    return status.ok() ? status : Error(file_, place, status.message());
  }

  const absl::string_view file_;
  CspVariables* const variables_;
  csp::PolicyText out_{std::string(file_), {}};
  std::set<std::pair<Directive, std::string>> asked_;
};

// The app's entry in a list of {"id": ..., "config": ...}, or nullptr.
const ConfigValue* FindExternal(const ConfigValue& list,
                                absl::string_view app) {
  for (const ConfigValue& one : list.items) {
    const ConfigValue* const id = one.Find("id");
    if (id != nullptr && id->text == app) return &one;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<std::string> CspVariables::Replace(absl::string_view text) {
  std::string out;
  while (true) {
    const size_t start = text.find("${");
    absl::StrAppend(&out, text.substr(0, start));
    if (start == text.npos) return out;
    const size_t end = text.find('}', start);
    if (end == text.npos) {
      return absl::InvalidArgumentError(
          "a variable that is not closed by \"}\"");
    }
    const absl::string_view inner = text.substr(start + 2, end - start - 2);
    if (absl::StrContains(inner, "${")) {
      return absl::InvalidArgumentError("a variable within another");
    }
    const size_t bar = inner.find('|');
    const std::string name(absl::StripAsciiWhitespace(inner.substr(0, bar)));
    if (!IsNameOfVariable(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("no name of a variable: ", QuoteForDisplay(name)));
    }
    const auto found = values_.find(name);
    if (found == values_.end() && bar == inner.npos) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the variable ", name, " has no value here; give --env ", name,
          "=VALUE, with nothing behind \"=\" if it is empty"));
    }
    used_.insert(name);
    absl::StrAppend(&out,
                    found != values_.end()
                        ? absl::string_view(found->second)
                        : absl::StripAsciiWhitespace(inner.substr(bar + 1)));
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> CspVariables::Unused() const {
  std::vector<std::string> out;
  for (const auto& value : values_) {
    if (used_.count(value.first) == 0) out.push_back(value.first);
  }
  return out;
}

absl::StatusOr<csp::PolicyText> CspOfDirectives(
    absl::string_view file, const ConfigValue& root, csp::LeftOut left_out,
    CspVariables* variables, std::vector<csp::ParseWarning>* warnings) {
  return DirectivesReader(file, left_out, variables, warnings).Read(root);
}

bool IsDirectives(const ConfigValue& root) {
  return root.Find(kDirectives) != nullptr;
}

bool IsAppConfig(const ConfigValue& root) {
  return root.Find(kConfig) != nullptr || root.Find("entrypoint") != nullptr ||
         root.Find(kExternalApps) != nullptr;
}

absl::StatusOr<csp::PolicyText> CspOfApp(absl::string_view file,
                                         const ConfigValue& root,
                                         absl::string_view app,
                                         CspVariables* variables) {
  if (root.kind != Kind::kMap) {
    return Error(file, root.place, "expected a map: directives, or an app");
  }
  const ConfigValue* entry = &root;
  const ConfigValue* const external = root.Find(kExternalApps);
  if (external != nullptr) {
    entry = FindExternal(*external, app);
  } else if (!IsAppConfig(root)) {
    entry = root.Find(app);
  }
  if (entry == nullptr) {
    return Error(
        file, root.place,
        absl::StrCat(
            "no app ", QuoteForDisplay(app), " here",
            external == nullptr && !root.keys.empty()
                ? absl::StrCat(
                      "; there are ",
                      QuoteForDisplay(
                          absl::StrJoin(root.keys, ", ").substr(0, 300)))
                : ""));
  }
  const ConfigValue* const config = entry->Find(kConfig);
  return AppReader(file, variables)
      .Read(config == nullptr ? ConfigValue() : *config);
}

}  // namespace cli
}  // namespace postern

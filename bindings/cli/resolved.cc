#include "bindings/cli/resolved.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "net/endpoint.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::QuoteForDisplay;
using net::Endpoint;

absl::StatusOr<Endpoint> ReadEndpoint(absl::string_view kind,
                                      absl::string_view text) {
  Endpoint endpoint;
  net::SyntaxError error;
  if (Endpoint::Parse(text, &endpoint, &error)) return endpoint;
  return absl::InvalidArgumentError(
      absl::StrCat("invalid ", kind, " ", QuoteForDisplay(text), " at column ",
                   error.at + 1, ": ", error.what));
}

absl::StatusOr<Endpoint> ReadName(const AccessQuestion& question) {
  if (ResourceKindOf(question.permission()) != ResourceKind::kEndpoint ||
      question.words().empty()) {
    return absl::InvalidArgumentError(
        "a resolved address goes with a host name; give one after net.connect "
        "or net.listen, as \"localhost:8080\"");
  }
  const std::string& text = question.words()[0];
  absl::StatusOr<Endpoint> name = ReadEndpoint("endpoint", text);
  if (!name.ok() || name->kind() == Endpoint::Kind::kName) return name;
  return absl::InvalidArgumentError(
      absl::StrCat(QuoteForDisplay(text),
                   " is not resolved; leave the resolved address out, or give "
                   "a host name, as \"localhost:8080\""));
}

}  // namespace

absl::StatusOr<Question> WithResolved(std::unique_ptr<AccessQuestion> asked,
                                      absl::string_view address) {
  if (address.empty()) return Question{std::move(asked), ""};
  const absl::StatusOr<Endpoint> name = ReadName(*asked);
  if (!name.ok()) return name.status();
  absl::StatusOr<Endpoint> at = ReadEndpoint("resolved address", address);
  if (!at.ok()) return at.status();
  if (at->kind() != Endpoint::Kind::kAddress) {
    return absl::InvalidArgumentError(
        absl::StrCat("resolved address ", QuoteForDisplay(address),
                     " is none, expected one as \"127.0.0.1\" or \"::1\""));
  }
  if (!at->port() && name->port()) *at = at->WithPort(*name->port());
  if (at->port() != name->port()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "resolved address ", QuoteForDisplay(address),
        " has another port than ", QuoteForDisplay(asked->words()[0]),
        ", expected the same or none"));
  }
  return Question{std::move(asked), at->ToString()};
}

}  // namespace cli
}  // namespace postern

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "net/csp/match.h"
#include "net/csp/reach.h"
#include "net/csp/source.h"
#include "net/csp/url.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace csp {
namespace {

// A URL that was printed reads back as itself.
void CheckUrl(const Url& url) {
  const std::string printed = url.ToString();
  const absl::StatusOr<Url> again = ParseUrl(printed);
  Require(again.ok(), printed);
  Require(again->ToString() == printed, printed);
}

// The canonical text of a source is canonical and means the same; the atoms of
// a source match what it matches.
void CheckSource(absl::string_view text, const Url& url) {
  const Source source = ParseSource(text).source;
  const Source again = ParseSource(source.ToString()).source;
  if (source.kind != SourceKind::kInvalid) {
    Require(again.ToString() == source.ToString(), source.ToString());
  }
  const Origin self = AssumedOrigin();
  for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
    const bool matches = SourceMatches(source, Directive::kConnectSrc, &self,
                                       url, false, dialect);
    Reach reach;
    for (const Atom& atom :
         AtomsOf(source, Directive::kConnectSrc, self, dialect)) {
      reach.Add(atom);
    }
    Require(reach.Covers(AtomOf(url, dialect)) == matches,
            source.ToString() + " vs " + url.ToString());
    Require(SourceMatches(again, Directive::kConnectSrc, &self, url, false,
                          dialect) == matches ||
                source.kind == SourceKind::kInvalid,
            source.ToString());
  }
}

}  // namespace
}  // namespace csp
}  // namespace postern

// A source, a line break, and a URL.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::csp;  // NOLINT: one short function
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\n');
  const absl::StatusOr<Url> url =
      ParseUrl(end == input.npos ? input : input.substr(end + 1));
  if (!url.ok()) return 0;
  CheckUrl(*url);
  CheckSource(input.substr(0, end), *url);
  return 0;
}

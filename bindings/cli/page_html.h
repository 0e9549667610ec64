#ifndef POSTERN_BINDINGS_CLI_PAGE_HTML_H_
#define POSTERN_BINDINGS_CLI_PAGE_HTML_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace postern {
namespace cli {

// Anybody's bytes as text of an HTML page, between tags or in double quotes:
// hidden characters are shown as escapes (permission/text/display.h), and
// nothing ends the text (HTML, section 13.1.2). A text of more than
// kMaxReportedBytes is cut, which is said where it was cut.
std::string PageText(absl::string_view text);

// What PageText() gives, held apart from what stands beside it: letters that
// are read from right to left do not reorder the line (HTML, "the bdi
// element").
std::string PageName(absl::string_view text);

// PageName(), set as code.
std::string PageCode(absl::string_view text);

// `text`, which was escaped for display before, made safe for HTML alone.
std::string EscapeHtml(absl::string_view text);

// "1 rule", "2 rules".
std::string Counted(size_t count, absl::string_view thing);

// "2026-05-01 12:00", in UTC, which is not said.
std::string PageTime(absl::Time time);

// What stands below an item: `html`; why it is there, "" for no reason; a risk.
std::string PageNote(absl::string_view html);
std::string PageReason(absl::string_view reason);
std::string PageRisk(absl::string_view risk);

// Items of a page up to a number of bytes. What comes after the first one that
// did not fit is left out and counted.
class PageList {
 public:
  explicit PageList(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Whether the item was taken.
  bool Add(absl::string_view html);
  // What belongs around items that were taken; always taken.
  void Wrap(absl::string_view html) { html_.append(html.data(), html.size()); }

  const std::string& html() const { return html_; }
  size_t left_out() const { return left_out_; }
  // A sentence about `left_out()` things for the reader, "" if there are none.
  std::string LeftOutText(absl::string_view thing) const;

 private:
  const size_t max_bytes_;
  std::string html_;
  size_t left_out_ = 0;
};

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_PAGE_HTML_H_

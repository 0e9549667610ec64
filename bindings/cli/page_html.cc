#include "bindings/cli/page_html.h"

#include "absl/strings/str_cat.h"
#include "permission/text/display.h"
#include "permission/text/reported.h"

namespace postern {
namespace cli {

std::string EscapeHtml(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string PageText(absl::string_view text) {
  return EscapeHtml(internal::EscapeForDisplay(Reported(text)));
}

std::string PageName(absl::string_view text) {
  return absl::StrCat("<bdi>", PageText(text), "</bdi>");
}

std::string PageCode(absl::string_view text) {
  return absl::StrCat("<code>", PageName(text), "</code>");
}

std::string Counted(size_t count, absl::string_view thing) {
  return absl::StrCat(count, " ", thing, count == 1 ? "" : "s");
}

std::string PageTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone());
}

std::string PageNote(absl::string_view html) {
  return absl::StrCat("<div class=\"why\">", html, "</div>");
}

std::string PageReason(absl::string_view reason) {
  if (reason.empty()) return "";
  return PageNote(absl::StrCat("“", PageName(reason), "”"));
}

std::string PageRisk(absl::string_view risk) {
  return absl::StrCat("<div class=\"why risk\">Risk: ", PageText(risk),
                      "</div>");
}

bool PageList::Add(absl::string_view html) {
  if (left_out_ > 0 || html_.size() + html.size() > max_bytes_) {
    ++left_out_;
    return false;
  }
  Wrap(html);
  return true;
}

std::string PageList::LeftOutText(absl::string_view thing) const {
  if (left_out_ == 0) return "";
  return absl::StrCat("<p class=\"cut\">", Counted(left_out_, thing),
                      left_out_ == 1 ? " is" : " are",
                      " left out here, as the page would be too long.</p>\n");
}

}  // namespace cli
}  // namespace postern

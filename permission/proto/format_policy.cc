#include "permission/proto/format_policy.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "permission/proto/policy.pb.h"
#include "permission/proto/policy_proto.h"
#include "permission/proto/text_tree.h"
#include "permission/text/display.h"

namespace postern {
namespace {

constexpr size_t kColumns = 80;

bool IsBlock(const TextNode& node) {
  return node.kind == TextNode::Kind::kMessage ||
         node.kind == TextNode::Kind::kList;
}

bool HoldsComment(const TextNode& node) {
  return !node.opening_comment.empty() ||
         std::any_of(node.children.begin(), node.children.end(),
                     [](const TextNode& child) {
                       return child.kind == TextNode::Kind::kComment ||
                              !child.trailing_comment.empty() ||
                              HoldsComment(child);
                     });
}

// What is always several lines, for the eye.
bool IsOpen(const TextNode& node) {
  return node.name == "layers" || node.name == "sets" || HoldsComment(node);
}

std::string Begin(const TextNode& node) {
  if (node.name.empty()) return "";
  return absl::StrCat(node.name,
                      node.kind == TextNode::Kind::kMessage ? " " : ": ");
}

std::string OnOneLine(const TextNode& node) {
  if (!IsBlock(node)) return absl::StrCat(Begin(node), node.text);
  const bool list = node.kind == TextNode::Kind::kList;
  std::string inside;
  for (const TextNode& child : node.children) {
    absl::StrAppend(&inside,
                    inside.empty() ? ""
                    : list         ? ", "
                                   : " ",
                    OnOneLine(child));
  }
  if (list) return absl::StrCat(Begin(node), "[", inside, "]");
  return absl::StrCat(Begin(node), inside.empty() ? "{}" : "{ ", inside,
                      inside.empty() ? "" : " }");
}

class Printer {
 public:
  void PrintAll(const std::vector<TextNode>& nodes, size_t indent,
                bool in_list) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].blank_before && i > 0) out_ += "\n";
      Print(nodes[i], indent, in_list && AnyValueAfter(nodes, i));
    }
  }
  std::string Take() { return std::move(out_); }

 private:
  static bool AnyValueAfter(const std::vector<TextNode>& nodes, size_t i) {
    return std::any_of(nodes.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                       nodes.end(), [](const TextNode& node) {
                         return node.kind != TextNode::Kind::kComment;
                       });
  }

  static std::string Behind(const std::string& comment) {
    return comment.empty() ? "" : absl::StrCat("  ", comment);
  }

  void Print(const TextNode& node, size_t indent, bool comma) {
    const std::string space(indent, ' ');
    if (node.kind == TextNode::Kind::kComment) {
      absl::StrAppend(&out_, space, node.text, "\n");
      return;
    }
    const std::string line =
        absl::StrCat(space, IsOpen(node) ? "" : OnOneLine(node));
    const char* const end = comma ? "," : "";
    if (!IsBlock(node) || (!IsOpen(node) && line.size() + comma <= kColumns)) {
      absl::StrAppend(&out_, line, end, Behind(node.trailing_comment), "\n");
      return;
    }
    const bool list = node.kind == TextNode::Kind::kList;
    absl::StrAppend(&out_, space, Begin(node), list ? "[" : "{",
                    Behind(node.opening_comment), "\n");
    PrintAll(node.children, indent + 2, list);
    absl::StrAppend(&out_, space, list ? "]" : "}", end,
                    Behind(node.trailing_comment), "\n");
  }

  std::string out_;
};

class Silence : public google::protobuf::io::ErrorCollector {
  void AddError(int, int, const std::string&) override {}
};

// As protobuf's own parser, which shares nothing with what is checked, reads
// it; nullopt if it does not.
absl::optional<std::string> Meaning(absl::string_view text) {
  Silence silence;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&silence);
  v1::Policy policy;
  if (!parser.ParseFromString(std::string(text), &policy)) {
    return absl::nullopt;
  }
  return policy.SerializeAsString();
}

}  // namespace

absl::StatusOr<std::string> FormatPolicyText(absl::string_view text,
                                             absl::string_view file_name) {
  const std::vector<FileProblem> problems =
      ReadPolicyWithProblems({FileForm::kText, text, file_name}, 1,
                             Includes::kIgnored)
          .problems;
  if (!problems.empty()) {
    return absl::InvalidArgumentError(problems[0].ToString());
  }
  Printer printer;
  printer.PrintAll(ReadTextTree(text), 0, /*in_list=*/false);
  std::string formatted = printer.Take();
  if (Meaning(text) == Meaning(formatted)) return formatted;
  return absl::InternalError(
      absl::StrCat(internal::EscapeForDisplay(file_name),
                   ": would be another policy when formatted; please report "
                   "this"));
}

}  // namespace postern

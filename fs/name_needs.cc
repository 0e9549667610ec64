#include "fs/name_needs.h"

namespace postern {
namespace fs {
namespace {

using Kind = PatternComponent::Kind;

constexpr uint64_t kEvery = ~uint64_t{0};

// As NameLook has it.
uint64_t ByteBit(char byte) {
  return uint64_t{1} << (static_cast<unsigned char>(byte) % 64);
}

}  // namespace

char LiteralFront(absl::string_view glob) {
  return glob[0] == '*' || glob[0] == '?' || glob[0] == '\\' ? '\0' : glob[0];
}

char LiteralBack(absl::string_view glob) {
  const char back = glob.back();
  const bool escaped = glob.size() > 1 && glob[glob.size() - 2] == '\\';
  return back == '*' || back == '?' || escaped ? '\0' : back;
}

void NameNeed::Add(const PatternComponent& component) {
  if (component.kind == Kind::kLiteral) {
    names_ |= NameBit(component.text);
    return;
  }
  const char front = LiteralFront(component.text);
  const char back = LiteralBack(component.text);
  if (back != '\0') {
    backs_ |= ByteBit(back);
  } else if (front != '\0') {
    fronts_ |= ByteBit(front);
  } else {
    names_ = kEvery;
  }
}

void NameNeeds::Add(const PathPattern& pattern, size_t begin) {
  const auto& components = pattern.components;
  const size_t count = components.size() - begin;
  const auto any_depth = std::find_if(
      components.begin() + static_cast<ptrdiff_t>(begin), components.end(),
      [](const PatternComponent& c) { return c.kind == Kind::kAnyDepth; });
  const bool fixed = any_depth == components.end();
  if (!pattern.subtree) {
    counts_ |= fixed && count < kManyNames ? uint64_t{1} << count : kEvery;
    last_.Add(components.back());  // never a "**"
    return;
  }
  const auto stands_fixed = [&](size_t place) {
    return any_depth - components.begin() >
           static_cast<ptrdiff_t>(begin + place);
  };
  if (count > 1 && stands_fixed(1) &&
      components[begin + 1].kind == Kind::kLiteral) {
    second_.Add(components[begin + 1]);
    has_second_ = true;
  } else if (stands_fixed(0)) {
    first_.Add(components[begin]);
    has_first_ = true;
  } else if (components.back().kind == Kind::kLiteral) {
    any_ |= NameBit(components.back().text);
    other_any_ |= OtherNameBit(components.back().text);
  } else {
    any_ = kEvery;
    other_any_ = kEvery;
  }
}

}  // namespace fs
}  // namespace postern

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "permission/proto/readers.h"

namespace postern {
namespace {

using google::protobuf::FieldDescriptor;
using Look = MessageFiller::Look;

// https://protobuf.dev/programming-guides/encoding
constexpr uint64_t kVarint = 0;
constexpr uint64_t kLengthDelimited = 2;

class BinaryReader {
 public:
  BinaryReader(absl::string_view input, MessageFiller* filler)
      : input_(input), filler_(filler) {}

  // The fields from here to `end`. The filler ends deep nesting: no schema has
  // it.
  bool ReadMessage(size_t begin, size_t end) {
    if (!filler_->BeginMessage(begin)) return false;
    while (at_ < end) {
      if (!ReadField(end)) return false;
    }
    return filler_->EndMessage();
  }

 private:
  bool Broken(size_t at) {
    return filler_->Fail(at, "broken protobuf, expected its wire format");
  }

  bool ReadVarint(size_t end, uint64_t* value) {
    const size_t begin = at_;
    *value = 0;
    for (int shift = 0; at_ < end && shift < 64; shift += 7) {
      const uint64_t byte = static_cast<unsigned char>(input_[at_++]);
      if (shift == 63 && byte > 1) break;
      *value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return Broken(begin);
  }

  bool ReadField(size_t end) {
    const size_t begin = at_;
    uint64_t tag;
    if (!ReadVarint(end, &tag)) return false;
    if (tag > UINT32_MAX) return Broken(begin);
    if (!filler_->FieldNumber(static_cast<uint32_t>(tag >> 3), begin)) {
      return false;
    }
    uint64_t value;
    switch (tag & 7) {
      case kVarint:
        return ReadVarint(end, &value) &&
               filler_->Scalar(Look::kNumber, absl::StrCat(value), begin);
      case kLengthDelimited:
        return ReadVarint(end, &value) && ReadDelimited(begin, end, value);
      default:
        return Broken(begin);
    }
  }

  bool ReadDelimited(size_t begin, size_t end, uint64_t size) {
    if (size > end - at_) return Broken(begin);
    const size_t stop = at_ + static_cast<size_t>(size);
    const absl::string_view text = input_.substr(at_, stop - at_);
    if (filler_->field()->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!filler_->WholeMessage(text, begin)) return ReadMessage(begin, stop);
      at_ = stop;
      return true;
    }
    at_ = stop;
    return filler_->Scalar(Look::kString, text, begin);
  }

  absl::string_view input_;
  MessageFiller* const filler_;
  size_t at_ = 0;
};

}  // namespace

bool ReadBinary(absl::string_view input, MessageFiller* filler) {
  return BinaryReader(input, filler).ReadMessage(0, input.size());
}

}  // namespace postern

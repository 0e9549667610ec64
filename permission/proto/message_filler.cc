#include "permission/proto/message_filler.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fs/base/utf8.h"
#include "google/protobuf/descriptor.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Longer input is cut where it is quoted in a message.
constexpr size_t kQuotedBytes = 64;

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", text.substr(0, kQuotedBytes),
                      text.size() > kQuotedBytes ? "...\"" : "\"");
}

bool IsNotSupportedYet(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type()->name() == "NotSupportedYet";
}

std::string FieldNames(const Descriptor& type) {
  std::vector<absl::string_view> names;
  for (int i = 0; i < type.field_count(); ++i) {
    if (IsNotSupportedYet(*type.field(i))) continue;
    names.push_back(type.field(i)->name());
  }
  return absl::StrJoin(names, ", ");
}

// All but the value zero, which says that nothing was said.
std::string ValueNames(const EnumDescriptor& type) {
  std::vector<absl::string_view> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(type.value(i)->name());
  }
  return absl::StrJoin(names, ", ");
}

// JSON knows a field by two names, text by its own alone.
const FieldDescriptor* FindField(FileForm form, const Descriptor& type,
                                 absl::string_view name) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (name == field->name()) return field;
    if (form == FileForm::kJson && name == field->json_name()) return field;
  }
  return nullptr;
}

// What a value of `field` looks like, for error messages.
std::string Expected(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return "a string";
    case FieldDescriptor::CPPTYPE_UINT32:
      return "a number from 0 to 4294967295";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("one of ", ValueNames(*field.enum_type()));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "fields in braces";
    default:
      return "no value";
  }
}

// Decimal digits without a sign or a leading zero, as every form writes them.
bool IsPlainNumber(absl::string_view text) {
  const bool digits = std::all_of(text.begin(), text.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  return digits && !text.empty() && (text.size() == 1 || text[0] != '0');
}

}  // namespace

MessageFiller::MessageFiller(FileForm form, Message* root,
                             MessageVisitor* visitor)
    : form_(form), root_(root), visitor_(visitor) {}

const FieldDescriptor* MessageFiller::field() const {
  return frames_.empty() ? nullptr : frames_.back().field;
}

bool MessageFiller::Fail(size_t at, absl::string_view message) {
  if (!failed_) {
    failed_ = true;
    problems_.push_back({at, internal::EscapeForDisplay(message)});
  }
  return false;
}

// Records a problem after which the input can be followed further. False if
// that is not wanted.
bool MessageFiller::Note(size_t at, absl::string_view message) {
  if (problems_.size() + 1 >= max_problems_) return Fail(at, message);
  problems_.push_back({at, internal::EscapeForDisplay(message)});
  frames_.back().bad = true;
  return true;
}

// Note(), and the value that comes now is for nobody.
bool MessageFiller::SkipValue(size_t at, absl::string_view message) {
  if (!Note(at, message)) return false;
  frames_.back().field = nullptr;
  skipped_depth_ = 0;
  return true;
}

bool MessageFiller::Report(const absl::Status& status, size_t at) {
  if (status.ok()) return true;
  const absl::string_view message = status.message();
  return Note(visitor_->ErrorOffset(at), message);
}

bool MessageFiller::Field(absl::string_view name, size_t at) {
  if (failed_ || frames_.empty()) return Fail(at, "expected fields in braces");
  if (skipped_depth_ > 0) return true;
  const Descriptor& type = *frames_.back().type;
  const FieldDescriptor* field = FindField(form_, type, name);
  if (field != nullptr) return Choose(*field, at);
  return SkipValue(
      at, absl::StrCat("unknown field ", Quoted(name), " in ", type.name(),
                       ", expected one of ", FieldNames(type)));
}

bool MessageFiller::FieldNumber(uint32_t number, size_t at) {
  if (failed_ || frames_.empty()) return Fail(at, "expected a message");
  const Descriptor& type = *frames_.back().type;
  const FieldDescriptor* field =
      number <= INT32_MAX ? type.FindFieldByNumber(static_cast<int>(number))
                          : nullptr;
  if (field != nullptr) return Choose(*field, at);
  return Fail(at,
              absl::StrCat("unknown field number ", number, " in ", type.name(),
                           ", expected one of ", FieldNames(type)));
}

bool MessageFiller::Choose(const FieldDescriptor& field, size_t at) {
  Frame& frame = frames_.back();
  if (IsNotSupportedYet(field)) {
    return Fail(at, absl::StrCat("section \"", field.name(),
                                 "\" is not supported yet"));
  }
  const uint64_t bit = uint64_t{1} << field.index();
  // JSON has one key for all elements, the other forms one for each.
  const bool once = !field.is_repeated() || form_ == FileForm::kJson;
  if (once && (frame.seen & bit) != 0) {
    return SkipValue(at, absl::StrCat("field \"", field.name(),
                                      "\" is given twice, expected it once"));
  }
  if (const FieldDescriptor* other = OtherOfOneof(field)) {
    return SkipValue(
        at, absl::StrCat("field \"", field.name(), "\" beside \"",
                         other->name(), "\", expected only one of them"));
  }
  frame.seen |= bit;
  frame.field = &field;
  return true;
}

// A member of the same oneof that was given; null if none was.
const FieldDescriptor* MessageFiller::OtherOfOneof(
    const FieldDescriptor& field) const {
  const auto* oneof = field.real_containing_oneof();
  if (oneof == nullptr) return nullptr;
  for (int i = 0; i < oneof->field_count(); ++i) {
    const FieldDescriptor* other = oneof->field(i);
    if ((frames_.back().seen & uint64_t{1} << other->index()) != 0)
      return other;
  }
  return nullptr;
}

// Whether a single value may come now; a JSON list has brackets.
bool MessageFiller::WantsValue(size_t at) {
  if (failed_ || field() == nullptr) {
    return Fail(at, "expected fields in braces");
  }
  const Frame& frame = frames_.back();
  if (form_ == FileForm::kJson && frame.field->is_repeated() &&
      !frame.in_list) {
    return Fail(at, absl::StrCat("field \"", frame.field->name(),
                                 "\" takes a list, expected \"[\""));
  }
  return true;
}

std::string MessageFiller::WrongValue() const {
  return absl::StrCat("wrong value for \"", field()->name(), "\", expected ",
                      Expected(*field()));
}

// The value is refused and passed over.
bool MessageFiller::NoteValue(size_t at, absl::string_view message) {
  if (!Note(at, message)) return false;
  ValueGiven();
  return true;
}

void MessageFiller::ValueGiven() {
  Frame& frame = frames_.back();
  frame.list_is_empty = false;
  if (!frame.in_list) frame.field = nullptr;
}

bool MessageFiller::BeginMessage(size_t at) {
  if (failed_) return false;
  if (skipped_depth_ >= 0) {
    ++skipped_depth_;
    return true;
  }
  if (frames_.empty()) {
    if (done_) return Fail(at, "expected nothing more");
    Enter(root_, at);
    return true;
  }
  if (!WantsValue(at)) return false;
  const FieldDescriptor* field = frames_.back().field;
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return Fail(at, WrongValue());
  }
  const Frame& parent = frames_.back();
  Enter(field->is_repeated()
            ? parent.reflection->AddMessage(parent.message, field)
            : parent.reflection->MutableMessage(parent.message, field),
        at);
  return true;
}

void MessageFiller::Enter(Message* message, size_t at) {
  frames_.push_back({message, message->GetDescriptor(),
                     message->GetReflection(), at, 0, nullptr, false, false,
                     false});
}

// Ends a list or message that nobody wanted.
bool MessageFiller::LeaveSkipped() {
  if (--skipped_depth_ == 0) skipped_depth_ = -1;
  return true;
}

bool MessageFiller::EndMessage() {
  if (failed_) return false;
  if (skipped_depth_ > 0) return LeaveSkipped();
  const Frame ended = frames_.back();
  if (ended.bad) {
    visitor_->OnBadMessage(*ended.message);
  } else if (!Report(visitor_->OnMessage(*ended.message, ended.offset),
                     ended.offset)) {
    return false;
  }
  frames_.pop_back();
  if (frames_.empty()) {
    done_ = true;
    return true;
  }
  const Frame& parent = frames_.back();
  if (parent.field->is_repeated()) {
    parent.reflection->RemoveLast(parent.message, parent.field);
  }
  ValueGiven();
  return true;
}

bool MessageFiller::WholeMessage(absl::string_view bytes, size_t at) {
  if (failed_ || frames_.empty() || !field()->is_repeated()) return false;
  if (!visitor_->OnBytes(*field(), bytes, at)) return false;
  ValueGiven();
  return true;
}

bool MessageFiller::BeginList(size_t at) {
  if (!failed_ && skipped_depth_ >= 0) {
    ++skipped_depth_;
    return true;
  }
  if (failed_ || field() == nullptr) {
    return Fail(at, "expected fields in braces");
  }
  Frame& frame = frames_.back();
  if (!frame.field->is_repeated() || frame.in_list) {
    return Fail(at, WrongValue());
  }
  frame.in_list = true;
  frame.list_is_empty = true;
  return true;
}

bool MessageFiller::EndList(size_t at) {
  if (failed_) return false;
  if (skipped_depth_ > 0) return LeaveSkipped();
  Frame& frame = frames_.back();
  // Somebody may have meant "nothing", and absent often means "everything".
  if (frame.list_is_empty &&
      frame.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
      !Note(at, absl::StrCat("empty list for \"", frame.field->name(),
                             "\", expected at least one string"))) {
    return false;
  }
  frame.in_list = false;
  frame.field = nullptr;
  return true;
}

bool MessageFiller::Scalar(Look look, absl::string_view text, size_t at) {
  if (!failed_ && skipped_depth_ >= 0) {
    if (skipped_depth_ == 0) skipped_depth_ = -1;
    return true;
  }
  if (!WantsValue(at)) return false;
  const bool binary = form_ == FileForm::kBinary;
  Look want = Look::kWord;
  switch (field()->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return look == Look::kString ? SetString(text, at)
                                   : NoteValue(at, WrongValue());
    case FieldDescriptor::CPPTYPE_UINT32:
      return look == Look::kNumber ? SetNumber(text, at)
                                   : NoteValue(at, WrongValue());
    case FieldDescriptor::CPPTYPE_BOOL:
      if (binary) want = Look::kNumber;
      return look == want ? SetBool(text, at) : NoteValue(at, WrongValue());
    case FieldDescriptor::CPPTYPE_ENUM:
      if (binary) want = Look::kNumber;
      if (form_ == FileForm::kJson) want = Look::kString;
      return look == want ? SetEnum(text, at) : NoteValue(at, WrongValue());
    default:
      return NoteValue(at, WrongValue());
  }
}

bool MessageFiller::SetString(absl::string_view text, size_t at) {
  const FieldDescriptor* to = field();
  if (text.find('\0') != absl::string_view::npos) {
    return NoteValue(at, absl::StrCat("NUL in \"", to->name(),
                                      "\", expected text without it"));
  }
  if (fs::FindInvalidUtf8(text) != absl::string_view::npos) {
    return NoteValue(at, absl::StrCat("broken UTF-8 in \"", to->name(),
                                      "\", expected UTF-8"));
  }
  std::string value(text.data(), text.size());
  if (!Report(visitor_->OnString(*to, value, at), at)) return false;
  const Frame& frame = frames_.back();
  if (to->is_repeated()) {
    frame.reflection->AddString(frame.message, to, std::move(value));
  } else {
    frame.reflection->SetString(frame.message, to, std::move(value));
  }
  ValueGiven();
  return true;
}

bool MessageFiller::SetNumber(absl::string_view text, size_t at) {
  uint32_t value = 0;
  if (!IsPlainNumber(text) || !absl::SimpleAtoi(text, &value)) {
    return NoteValue(at, WrongValue());
  }
  if (!Report(visitor_->OnNumber(*field(), value), at)) return false;
  const Frame& frame = frames_.back();
  frame.reflection->SetUInt32(frame.message, frame.field, value);
  ValueGiven();
  return true;
}

bool MessageFiller::SetBool(absl::string_view text, size_t at) {
  const bool binary = form_ == FileForm::kBinary;
  const bool value = text == (binary ? "1" : "true");
  if (!value && text != (binary ? "0" : "false"))
    return NoteValue(at, WrongValue());
  const Frame& frame = frames_.back();
  frame.reflection->SetBool(frame.message, frame.field, value);
  ValueGiven();
  return true;
}

bool MessageFiller::SetEnum(absl::string_view text, size_t at) {
  const EnumDescriptor& type = *field()->enum_type();
  const EnumValueDescriptor* value = nullptr;
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor* each = type.value(i);
    const bool same = form_ == FileForm::kBinary
                          ? text == absl::StrCat(each->number())
                          : text == each->name();
    if (same && each->number() != 0) value = each;
  }
  if (value == nullptr) return NoteValue(at, WrongValue());
  const Frame& frame = frames_.back();
  frame.reflection->SetEnum(frame.message, frame.field, value);
  ValueGiven();
  return true;
}

}  // namespace postern

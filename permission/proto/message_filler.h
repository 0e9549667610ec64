#ifndef POSTERN_PERMISSION_PROTO_MESSAGE_FILLER_H_
#define POSTERN_PERMISSION_PROTO_MESSAGE_FILLER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "permission/proto/form.h"

namespace postern {

// Takes a message's parts as they become complete. An error ends the reading
// and is reported with its place in the input.
class MessageVisitor {
 public:
  virtual ~MessageVisitor() = default;
  // A string, UTF-8 and without NUL, or a number in range, for `field`.
  virtual absl::Status OnString(const google::protobuf::FieldDescriptor& field,
                                const std::string& value) = 0;
  virtual absl::Status OnNumber(const google::protobuf::FieldDescriptor& field,
                                uint32_t value) = 0;
  // The wire form of a message for `field`, a repeated one, that begins at byte
  // `offset`. True if it is valid, and was taken as its parts would have been:
  // then they are not told of. For what there is much of.
  virtual bool OnBytes(const google::protobuf::FieldDescriptor& /*field*/,
                       absl::string_view /*bytes*/, size_t /*offset*/) {
    return false;
  }
  // `message` is complete; it began at byte `offset`. An element of a repeated
  // field is forgotten after the call, so that memory holds one at a time.
  virtual absl::Status OnMessage(const google::protobuf::Message& message,
                                 size_t offset) = 0;
};

// Fills a message by reflection from what the reader of some form says, and is
// where every form is equally strict: unknown fields, fields given twice, a
// second member of a oneof, wrong types, numbers out of range, text that is not
// UTF-8 or holds NUL, explicitly empty lists of strings. A field whose message
// type is called NotSupportedYet is refused as such.
// Every call returns false after the first problem. `at` is a byte offset.
// Schemas here are not recursive, so that nesting is bounded by the schema.
class MessageFiller {
 public:
  // What a value looks like in the input; bare words are true, DENY, null.
  enum class Look : uint8_t { kString, kNumber, kWord };

  // Neither is owned.
  MessageFiller(FileForm form, google::protobuf::Message* root,
                MessageVisitor* visitor);

  // Names the field that the next value is for, in JSON in camelCase too.
  bool Field(absl::string_view name, size_t at);
  bool FieldNumber(uint32_t number, size_t at);
  // The root, or a value of the named field.
  bool BeginMessage(size_t at);
  bool EndMessage();
  // In place of both and all between, in the binary form. False, and nothing
  // has happened, if the message's parts have to be told.
  bool WholeMessage(absl::string_view bytes, size_t at);
  bool BeginList(size_t at);
  bool EndList(size_t at);
  bool Scalar(Look look, absl::string_view text, size_t at);

  // Records the first problem; always false.
  bool Fail(size_t at, absl::string_view message);

  // The field that wants a value now; null if none does.
  const google::protobuf::FieldDescriptor* field() const;
  bool failed() const { return failed_; }
  const std::string& message() const { return message_; }  // one line
  size_t offset() const { return offset_; }

 private:
  // Asking a message for its type and reflection takes a lock each time, or as
  // good as one.
  struct Frame {
    google::protobuf::Message* message;
    const google::protobuf::Descriptor* type;
    const google::protobuf::Reflection* reflection;
    size_t offset;
    uint64_t seen;  // by index of the field
    const google::protobuf::FieldDescriptor* field;
    bool in_list;
    bool list_is_empty;
  };

  void Enter(google::protobuf::Message* message, size_t at);
  bool Choose(const google::protobuf::FieldDescriptor& field, size_t at);
  bool CheckOneof(const google::protobuf::FieldDescriptor& field, size_t at);
  bool WantsValue(size_t at);
  bool FailValue(size_t at);
  bool SetString(absl::string_view text, size_t at);
  bool SetNumber(absl::string_view text, size_t at);
  bool SetBool(absl::string_view text, size_t at);
  bool SetEnum(absl::string_view text, size_t at);
  bool Report(const absl::Status& status, size_t at);
  void ValueGiven();

  const FileForm form_;
  google::protobuf::Message* const root_;
  MessageVisitor* const visitor_;
  std::vector<Frame> frames_;
  bool done_ = false;
  bool failed_ = false;
  std::string message_;
  size_t offset_ = 0;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_MESSAGE_FILLER_H_

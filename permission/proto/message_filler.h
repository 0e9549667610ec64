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
  // A string, UTF-8 and without NUL, that begins at byte `offset`, or a number
  // in range, for `field`.
  virtual absl::Status OnString(const google::protobuf::FieldDescriptor& field,
                                const std::string& value, size_t offset) = 0;
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
  // Where the error that was just returned lies, of an input that was given as
  // beginning at `offset`: for what only later turns out to be wrong.
  virtual size_t ErrorOffset(size_t offset) { return offset; }
  // In place of OnMessage() where a part of `message` was refused and reading
  // went on.
  virtual void OnBadMessage(const google::protobuf::Message& /*message*/) {}
};

// Fills a message by reflection from what the reader of some form says, and is
// where every form is equally strict: unknown fields, fields given twice, a
// second member of a oneof, wrong types, numbers out of range, text that is not
// UTF-8 or holds NUL, explicitly empty lists of strings. A field whose message
// type is called NotSupportedYet is refused as such.
// Every call returns false after the first problem, or, where CollectUpTo()
// says so, after one that leaves unclear how the input goes on. `at` is a byte
// offset. Schemas here are not recursive, so that nesting is bounded by the
// schema.
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

  // Goes on after what is wrong with one value only, to find up to `count`
  // problems: then the root is of no use. For the text and the JSON form.
  void CollectUpTo(size_t count) { max_problems_ = count; }

  // Records the problem that ends the reading; always false.
  bool Fail(size_t at, absl::string_view message);

  struct Problem {
    size_t offset;
    std::string message;  // one line
  };

  // The field that wants a value now; null if none does.
  const google::protobuf::FieldDescriptor* field() const;
  // The reading has ended. What was read is good if there are no problems().
  bool failed() const { return failed_; }
  const std::vector<Problem>& problems() const { return problems_; }

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
    bool bad;  // a part of it was refused
  };

  void Enter(google::protobuf::Message* message, size_t at);
  bool Choose(const google::protobuf::FieldDescriptor& field, size_t at);
  const google::protobuf::FieldDescriptor* OtherOfOneof(
      const google::protobuf::FieldDescriptor& field) const;
  bool LeaveSkipped();
  bool WantsValue(size_t at);
  bool Note(size_t at, absl::string_view message);
  bool SkipValue(size_t at, absl::string_view message);
  std::string WrongValue() const;
  bool NoteValue(size_t at, absl::string_view message);
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
  size_t max_problems_ = 1;
  std::vector<Problem> problems_;
  // How deep in the value of a refused field the input is; -1: in none.
  int skipped_depth_ = -1;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_MESSAGE_FILLER_H_

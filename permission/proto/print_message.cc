#include "permission/proto/print_message.h"

#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "permission/text/json_writer.h"
#include "permission/text/literal.h"

namespace postern {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::TextFormat;

class EscapingPrinter : public TextFormat::FastFieldValuePrinter {
 public:
  void PrintString(const std::string& value,
                   TextFormat::BaseTextGenerator* generator) const override {
    generator->PrintString(QuoteLiteral(value));
  }
};

class JsonPrinter {
 public:
  explicit JsonPrinter(JsonWriter* writer) : writer_(*writer) {}

  void PrintMembers(const Message& message) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      writer_.Key(field->json_name());
      PrintField(message, *field);
    }
  }

 private:
  void Print(const Message& message) {
    writer_.Object([&] { PrintMembers(message); });
  }

  void PrintField(const Message& message, const FieldDescriptor& field) {
    if (!field.is_repeated()) return PrintSingular(message, field);
    const Reflection& reflection = *message.GetReflection();
    writer_.StartArray();
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Print(reflection.GetRepeatedMessage(message, &field, i));
      } else {
        writer_.String(reflection.GetRepeatedString(message, &field, i));
      }
    }
    writer_.EndArray();
  }

  // Of the types that MessageFiller takes.
  void PrintSingular(const Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Print(reflection.GetMessage(message, &field));
      case FieldDescriptor::CPPTYPE_BOOL:
        writer_.Bool(reflection.GetBool(message, &field));
        return;
      case FieldDescriptor::CPPTYPE_UINT32:
        writer_.Integer(reflection.GetUInt32(message, &field));
        return;
      case FieldDescriptor::CPPTYPE_ENUM:
        writer_.String(reflection.GetEnum(message, &field)->name());
        return;
      default:
        writer_.String(reflection.GetString(message, &field));
        return;
    }
  }

  JsonWriter& writer_;
};

}  // namespace

std::string PrintText(const Message& message) {
  TextFormat::Printer printer;
  printer.SetDefaultFieldValuePrinter(new EscapingPrinter);
  std::string out;
  printer.PrintToString(message, &out);
  return out;
}

// Protobuf's strings are UTF-8 and so the writer adds no "encoding".
std::string PrintJson(const Message& message) {
  return WriteIndentedJsonObject(
      [&](JsonWriter& writer) { JsonPrinter(&writer).PrintMembers(message); });
}

}  // namespace postern

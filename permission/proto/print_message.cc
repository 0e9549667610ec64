#include "permission/proto/print_message.h"

#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "permission/proto/escape.h"
#include "rapidjson/prettywriter.h"
#include "rapidjson/stringbuffer.h"

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
  JsonPrinter() : writer_(buffer_) { writer_.SetIndent(' ', 2); }

  void Print(const Message& message) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    writer_.StartObject();
    for (const FieldDescriptor* field : fields) {
      const std::string& name = field->json_name();
      writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
      PrintField(message, *field);
    }
    writer_.EndObject();
  }

  std::string Take() {
    return std::string(buffer_.GetString(), buffer_.GetSize()) + "\n";
  }

 private:
  void PrintField(const Message& message, const FieldDescriptor& field) {
    if (!field.is_repeated()) return PrintSingular(message, field);
    const Reflection& reflection = *message.GetReflection();
    writer_.StartArray();
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Print(reflection.GetRepeatedMessage(message, &field, i));
      } else {
        PrintString(reflection.GetRepeatedString(message, &field, i));
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
        writer_.Uint(reflection.GetUInt32(message, &field));
        return;
      case FieldDescriptor::CPPTYPE_ENUM:
        return PrintString(reflection.GetEnum(message, &field)->name());
      default:
        return PrintString(reflection.GetString(message, &field));
    }
  }

  void PrintString(const std::string& value) {
    const std::string quoted = QuoteLiteral(value);
    writer_.RawValue(quoted.data(), quoted.size(), rapidjson::kStringType);
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer_;
};

}  // namespace

std::string PrintText(const Message& message) {
  TextFormat::Printer printer;
  printer.SetDefaultFieldValuePrinter(new EscapingPrinter);
  std::string out;
  printer.PrintToString(message, &out);
  return out;
}

std::string PrintJson(const Message& message) {
  JsonPrinter printer;
  printer.Print(message);
  return printer.Take();
}

}  // namespace postern

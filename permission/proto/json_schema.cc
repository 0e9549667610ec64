#include "permission/proto/json_schema.h"

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "permission/permission.h"
#include "permission/proto/policy.pb.h"
#include "permission/proto/policy_fields.h"
#include "permission/proto/values.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using internal::Is;

bool IsRequired(const FieldDescriptor& field) {
  return Is(field, v1::Policy::descriptor(), v1::Policy::kVersionFieldNumber) ||
         Is(field, v1::Layer::descriptor(), v1::Layer::kNameFieldNumber) ||
         Is(field, v1::RuleSet::descriptor(), v1::RuleSet::kNameFieldNumber) ||
         Is(field, v1::Call::descriptor(), v1::Call::kFunctionFieldNumber) ||
         Is(field, v1::Secret::descriptor(), v1::Secret::kPartsFieldNumber) ||
         Is(field, v1::Signature::descriptor(),
            v1::Signature::kFunctionFieldNumber) ||
         Is(field, v1::Variable::descriptor(), v1::Variable::kNameFieldNumber);
}

bool IsTextOnly(const FieldDescriptor& field) {
  return Is(field, v1::Policy::descriptor(), v1::Policy::kIncludeFieldNumber);
}

std::vector<std::string> PermissionNames() {
  std::set<std::string> groups = {"all"};
  std::vector<std::string> names;
  for (int i = 1; i < kPermissionLimit; ++i) {
    const std::string name(PermissionName(static_cast<Permission>(i)));
    names.push_back(name);
    const std::string group = name.substr(0, name.find('.'));
    // "debug" is none: there is nothing else in it than one permission.
    if (PermissionSet::Parse(group).ok()) groups.insert(group);
  }
  names.insert(names.begin(), groups.begin(), groups.end());
  return names;
}

class SchemaWriter {
 public:
  explicit SchemaWriter(JsonWriter* json) : json_(*json) {}

  void Write() {
    json_.Key("$schema").String("http://json-schema.org/draft-07/schema#");
    json_.Key("title").String("Postern policy");
    json_.Key("$ref").String(Reference(*v1::Policy::descriptor()));
    json_.Key("definitions").StartObject();
    Define(*v1::Policy::descriptor());
    json_.EndObject();
  }

 private:
  static std::string Reference(const Descriptor& type) {
    return absl::StrCat("#/definitions/", type.name());
  }

  void Define(const Descriptor& type) {
    if (!defined_.insert(type.name()).second) return;
    json_.Key(type.name()).StartObject();
    json_.Key("type").String("object");
    json_.Key("additionalProperties").Bool(false);
    json_.Key("properties").StartObject();
    for (int i = 0; i < type.field_count(); ++i) {
      if (!IsTextOnly(*type.field(i))) Property(*type.field(i));
    }
    json_.EndObject();
    Required(type);
    if (&type == v1::Rule::descriptor()) OneEffect();
    json_.EndObject();
    for (int i = 0; i < type.field_count(); ++i) {
      if (type.field(i)->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Define(*type.field(i)->message_type());
      }
    }
  }

  void Required(const Descriptor& type) {
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) {
      if (IsRequired(*type.field(i))) {
        names.push_back(type.field(i)->json_name());
      }
    }
    if (!names.empty()) Strings("required", names);
  }

  void Strings(const char* key, const std::vector<std::string>& values) {
    json_.Key(key).StartArray();
    for (const std::string& value : values) json_.String(value);
    json_.EndArray();
  }

  void Property(const FieldDescriptor& field) {
    json_.Key(field.json_name()).StartObject();
    if (field.is_repeated()) {
      json_.Key("type").String("array");
      // An empty list of strings could be meant as nothing or as everything.
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        json_.Key("minItems").Integer(1);
      }
      json_.Key("items").StartObject();
    }
    Value(field);
    if (field.is_repeated()) json_.EndObject();
    json_.EndObject();
  }

  void Value(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        json_.Key("$ref").String(Reference(*field.message_type()));
        return;
      case FieldDescriptor::CPPTYPE_BOOL:
        json_.Key("type").String("boolean");
        return;
      case FieldDescriptor::CPPTYPE_UINT32:
        return Number(field);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Enum(field);
      default:
        json_.Key("type").String("string");
        if (types_.IsPermission(field))
          return Strings("enum", PermissionNames());
        if (!types_.MayBeEmpty(field)) json_.Key("minLength").Integer(1);
    }
  }

  void Number(const FieldDescriptor& field) {
    const bool version =
        Is(field, v1::Policy::descriptor(), v1::Policy::kVersionFieldNumber);
    json_.Key("type").String("integer");
    json_.Key("minimum").Integer(1);
    json_.Key("maximum").Integer(version ? kFormatVersion : 0xffffffff);
  }

  // All but the value zero, which says that nothing was said.
  void Enum(const FieldDescriptor& field) {
    std::vector<std::string> names;
    for (int i = 0; i < field.enum_type()->value_count(); ++i) {
      const auto* value = field.enum_type()->value(i);
      if (value->number() != 0) names.push_back(value->name());
    }
    json_.Key("type").String("string");
    Strings("enum", names);
  }

  // One effect, and not more than one resource.
  void OneEffect() {
    json_.Key("oneOf").StartArray();
    for (const char* name : {"allow", "ask", "deny"}) {
      json_.StartObject();
      Strings("required", {name});
      json_.EndObject();
    }
    json_.EndArray();
    json_.Key("not").StartObject().Key("anyOf").StartArray();
    const std::vector<std::string> pairs[] = {
        {"pattern", "call"}, {"pattern", "secret"}, {"call", "secret"}};
    for (const auto& pair : pairs) {
      json_.StartObject();
      Strings("required", pair);
      json_.EndObject();
    }
    json_.EndArray().EndObject();
  }

  JsonWriter& json_;
  const internal::PolicyTypes types_;
  std::set<std::string> defined_;
};

}  // namespace

std::string PolicyJsonSchema() {
  return WriteIndentedJsonObject(
      [](JsonWriter& json) { SchemaWriter(&json).Write(); });
}

}  // namespace postern

#ifndef POSTERN_PERMISSION_PROTO_POLICY_FIELDS_H_
#define POSTERN_PERMISSION_PROTO_POLICY_FIELDS_H_

#include "google/protobuf/descriptor.h"
#include "permission/proto/policy.pb.h"

namespace postern {
namespace internal {

// Whether `field` is field `number` of messages of `type`.
inline bool Is(const google::protobuf::FieldDescriptor& field,
               const google::protobuf::Descriptor* type, int number) {
  return field.number() == number && field.containing_type() == type;
}

// The types of a policy's messages, asked for once: T::descriptor() is slow.
// And what reading a policy and the schema for editors have to agree on.
struct PolicyTypes {
  using Descriptor = google::protobuf::Descriptor;
  using FieldDescriptor = google::protobuf::FieldDescriptor;

  const Descriptor* const policy = v1::Policy::descriptor();
  const Descriptor* const layer = v1::Layer::descriptor();
  const Descriptor* const rule = v1::Rule::descriptor();
  const Descriptor* const call = v1::Call::descriptor();
  const Descriptor* const secret = v1::Secret::descriptor();
  const Descriptor* const signature = v1::Signature::descriptor();
  const Descriptor* const variable = v1::Variable::descriptor();
  const Descriptor* const set = v1::RuleSet::descriptor();

  bool IsPermission(const FieldDescriptor& field) const {
    return Is(field, rule, v1::Rule::kAllowFieldNumber) ||
           Is(field, rule, v1::Rule::kAskFieldNumber) ||
           Is(field, rule, v1::Rule::kDenyFieldNumber);
  }

  // Empty text that means something. Patterns of arguments and parts of keys
  // are judged by whoever parses patterns.
  bool MayBeEmpty(const FieldDescriptor& field) const {
    return Is(field, rule, v1::Rule::kReasonFieldNumber) ||
           Is(field, variable, v1::Variable::kValueFieldNumber) ||
           Is(field, call, v1::Call::kArgsFieldNumber) ||
           Is(field, secret, v1::Secret::kPartsFieldNumber);
  }
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_POLICY_FIELDS_H_

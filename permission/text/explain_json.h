#ifndef POSTERN_PERMISSION_TEXT_EXPLAIN_JSON_H_
#define POSTERN_PERMISSION_TEXT_EXPLAIN_JSON_H_

#include <string>

#include "permission/explain.h"

namespace postern {

class JsonWriter;

// Writes the members of an explanation's object: "principal", "permission",
// "operation", "resource", "canonical", "allowed", "effect", "reason",
// "concealed", "would_deny"; for a call that failed at one argument "argument",
// "actual", "expected", "actual_kind" (text, not_text, missing),
// "more_expected", "end_expected"; "layer", "rule", "source", "remedy",
// "rules_to_add" (layer, new_layer, text), "rules_in_the_way" (layer, rule,
// source) and "layers" (layer, mode, effect, by_default, rule, source, reason,
// spent). "resource", "canonical" and "remedy" are escaped, to be shown as they
// are.
void WriteExplanation(const Explanation& explanation, JsonWriter* json);

// One object on one line.
std::string ExplanationToJson(const Explanation& explanation);

}  // namespace postern

#endif  // POSTERN_PERMISSION_TEXT_EXPLAIN_JSON_H_

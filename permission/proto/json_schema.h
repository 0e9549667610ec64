#ifndef POSTERN_PERMISSION_PROTO_JSON_SCHEMA_H_
#define POSTERN_PERMISSION_PROTO_JSON_SCHEMA_H_

#include <string>

namespace postern {

// The JSON form of a policy as JSON Schema (draft 7), made from the message
// types that the reader reads by: for editors, which then complete and check.
// Names of fields in camelCase. What no schema can say (patterns, names that
// are given twice) the reader still refuses. Ends with a line break.
std::string PolicyJsonSchema();

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_JSON_SCHEMA_H_

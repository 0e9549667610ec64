#ifndef POSTERN_BINDINGS_HOST_VALUE_H_
#define POSTERN_BINDINGS_HOST_VALUE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/variant.h"

namespace postern {
namespace host {

// What goes between a guest and a plugin: plain data, copied, that holds on to
// nothing of either. A value type; the default is nothing (nil, None, null).
class Value {
 public:
  using List = std::vector<Value>;
  using Record = std::vector<std::pair<std::string, Value>>;
  using Data = absl::variant<absl::monostate, bool, int64_t, double,
                             std::string, List, Record>;

  Value() = default;
  static Value Bool(bool b) { return Value(Data(b)); }
  static Value Integer(int64_t i) { return Value(Data(i)); }
  static Value Number(double d) { return Value(Data(d)); }
  static Value Bytes(std::string bytes) {
    return Value(Data(std::move(bytes)));
  }
  static Value OfList(List list) { return Value(Data(std::move(list))); }
  static Value OfRecord(Record record) {
    return Value(Data(std::move(record)));
  }

  // The bytes, or null if this is something else. Nothing is converted.
  const std::string* text() const { return absl::get_if<std::string>(&data_); }
  const Data& data() const { return data_; }

 private:
  explicit Value(Data data) : data_(std::move(data)) {}

  Data data_;
};

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_VALUE_H_

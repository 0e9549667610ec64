#include "permission/proto/json_events.h"
#include "permission/proto/readers.h"

namespace postern {

bool ReadJson(absl::string_view input, MessageFiller* filler) {
  return internal::ReadJsonEvents(input, filler);
}

}  // namespace postern

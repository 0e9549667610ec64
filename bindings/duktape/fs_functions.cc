// `fs`: each function is one operation of guarded files.

#include <string.h>

#include "bindings/duktape/guest.h"

namespace postern {
namespace duktape {
namespace {

// Ends a function: undefined, or the failure as an error.
duk_ret_t Finish(duk_context* ctx, bool ok) {
  if (!ok) ThrowFailure(ctx);
  return 0;
}

bool WantsText(duk_context* ctx, duk_idx_t index) {
  if (duk_is_undefined(ctx, index)) return false;
  const char* const encoding = duk_require_string(ctx, index);
  if (strcmp(encoding, "utf8") != 0 && strcmp(encoding, "utf-8") != 0) {
    duk_type_error(ctx, "unknown encoding; \"utf8\", or none for bytes");
  }
  return true;
}

void PushBytes(duk_context* ctx, const std::string& bytes) {
  void* const room = duk_push_fixed_buffer(ctx, bytes.size());
  if (!bytes.empty()) memcpy(room, bytes.data(), bytes.size());
  duk_push_buffer_object(ctx, -1, 0, bytes.size(), DUK_BUFOBJ_UINT8ARRAY);
}

duk_ret_t ReadFile(duk_context* ctx) {
  Guest& guest = Guest::Of(ctx);
  const bool as_text = WantsText(ctx, 1);
  TakeWord(ctx, 0, 0);
  if (!guest.ReadFile()) ThrowFailure(ctx);
  if (!as_text) {
    PushBytes(ctx, guest.bytes());
    return 1;
  }
  if (!guest.BytesToText()) ThrowFailure(ctx);
  duk_push_lstring(ctx, guest.bytes().data(), guest.bytes().size());
  return 1;
}

duk_ret_t Write(duk_context* ctx, bool append) {
  Guest& guest = Guest::Of(ctx);
  if (duk_is_string(ctx, 1)) {
    TakeWord(ctx, 1, 1);
    TakeWord(ctx, 0, 0);
    return Finish(ctx, guest.WriteFile(guest.word(1).data(),
                                       guest.word(1).size(), append));
  }
  duk_size_t size = 0;
  const void* const bytes = duk_require_buffer_data(ctx, 1, &size);
  TakeWord(ctx, 0, 0);
  return Finish(ctx,
                guest.WriteFile(static_cast<const char*>(bytes), size, append));
}

duk_ret_t WriteFile(duk_context* ctx) { return Write(ctx, false); }
duk_ret_t AppendFile(duk_context* ctx) { return Write(ctx, true); }

const char* TypeName(postern_file_type type) {
  switch (type) {
    case POSTERN_FILE_REGULAR:
      return "file";
    case POSTERN_FILE_DIRECTORY:
      return "directory";
    case POSTERN_FILE_LINK:
      return "link";
    case POSTERN_FILE_FIFO:
      return "fifo";
    case POSTERN_FILE_SOCKET:
      return "socket";
    case POSTERN_FILE_CHARACTER_DEVICE:
    case POSTERN_FILE_BLOCK_DEVICE:
      return "device";
    default:
      return "unknown";
  }
}

void SetNumber(duk_context* ctx, const char* field, double number) {
  duk_push_number(ctx, number);
  Define(ctx, field);
}

duk_ret_t Info(duk_context* ctx, bool follow) {
  postern_file_info info;
  TakeWord(ctx, 0, 0);
  if (!Guest::Of(ctx).Info(follow, &info)) ThrowFailure(ctx);
  duk_push_object(ctx);
  duk_push_string(ctx, TypeName(info.type));
  Define(ctx, "type");
  SetNumber(ctx, "size", static_cast<double>(info.size));
  SetNumber(ctx, "mode", info.mode);
  SetNumber(ctx, "uid", info.owner);
  SetNumber(ctx, "gid", info.group);
  SetNumber(ctx, "nlink", static_cast<double>(info.links));
  SetNumber(ctx, "atimeMs", static_cast<double>(info.accessed_ns) / 1e6);
  SetNumber(ctx, "mtimeMs", static_cast<double>(info.modified_ns) / 1e6);
  SetNumber(ctx, "ctimeMs", static_cast<double>(info.changed_ns) / 1e6);
  return 1;
}

duk_ret_t Stat(duk_context* ctx) { return Info(ctx, true); }
duk_ret_t LinkStat(duk_context* ctx) { return Info(ctx, false); }

duk_ret_t List(duk_context* ctx) {
  Guest& guest = Guest::Of(ctx);
  TakeWord(ctx, 0, 0);
  if (!guest.List() || !guest.WordsToText()) ThrowFailure(ctx);
  duk_push_array(ctx);
  for (size_t i = 1; i < guest.word_count(); ++i) {
    duk_push_lstring(ctx, guest.word(i).data(), guest.word(i).size());
    DefineAt(ctx, static_cast<duk_uarridx_t>(i - 1));
  }
  return 1;
}

duk_ret_t Access(duk_context* ctx) {
  const duk_uint_t mode = duk_get_uint_default(ctx, 1, 0);
  TakeWord(ctx, 0, 0);
  return Finish(ctx, Guest::Of(ctx).Access(mode));
}

duk_ret_t MakeDirectory(duk_context* ctx) {
  TakeWord(ctx, 0, 0);
  return Finish(ctx, Guest::Of(ctx).MakeDirectory());
}

duk_ret_t Remove(duk_context* ctx) {
  TakeWord(ctx, 0, 0);
  return Finish(ctx, Guest::Of(ctx).Remove());
}

duk_ret_t RemoveDirectory(duk_context* ctx) {
  TakeWord(ctx, 0, 0);
  return Finish(ctx, Guest::Of(ctx).RemoveDirectory());
}

duk_ret_t Rename(duk_context* ctx) {
  TakeWord(ctx, 1, 1);
  TakeWord(ctx, 0, 0);
  return Finish(ctx, Guest::Of(ctx).Rename());
}

duk_ret_t Copy(duk_context* ctx) {
  TakeWord(ctx, 1, 1);
  TakeWord(ctx, 0, 0);
  return Finish(ctx, Guest::Of(ctx).Copy());
}

duk_ret_t ReadLink(duk_context* ctx) {
  Guest& guest = Guest::Of(ctx);
  TakeWord(ctx, 0, 0);
  if (!guest.ReadLink() || !guest.BytesToText()) ThrowFailure(ctx);
  duk_push_lstring(ctx, guest.bytes().data(), guest.bytes().size());
  return 1;
}

duk_ret_t Truncate(duk_context* ctx) {
  const duk_double_t size = duk_get_number_default(ctx, 1, 0);
  if (!(size >= 0 && size <= 9007199254740991.0)) {
    duk_range_error(ctx, "a size is a whole number from 0 on");
  }
  TakeWord(ctx, 0, 0);
  return Finish(ctx, Guest::Of(ctx).SetSize(static_cast<uint64_t>(size)));
}

constexpr duk_function_list_entry kFunctions[] = {
    {"access", &Access, 2},     {"appendFile", &AppendFile, 2},
    {"copyFile", &Copy, 2},     {"list", &List, 1},
    {"lstat", &LinkStat, 1},    {"mkdir", &MakeDirectory, 1},
    {"readFile", &ReadFile, 2}, {"readlink", &ReadLink, 1},
    {"rename", &Rename, 2},     {"rmdir", &RemoveDirectory, 1},
    {"stat", &Stat, 1},         {"truncate", &Truncate, 2},
    {"unlink", &Remove, 1},     {"writeFile", &WriteFile, 2},
    {nullptr, nullptr, 0},
};

}  // namespace

void AddFiles(duk_context* ctx) {
  duk_push_object(ctx);
  duk_put_function_list(ctx, -1, kFunctions);
  duk_put_global_string(ctx, "fs");
}

}  // namespace duktape
}  // namespace postern

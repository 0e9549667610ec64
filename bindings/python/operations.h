#ifndef POSTERN_BINDINGS_PYTHON_OPERATIONS_H_
#define POSTERN_BINDINGS_PYTHON_OPERATIONS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "bindings/python/call.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {

// What the interpreter offers, and what becomes of it: the one table. Who is
// not in it is refused, and the coverage test fails.

// Decides and acts, or asks and calls the interpreter's own function. Returns a
// new reference, or null with the error set.
using Handler = PyObject* (*)(const Call& call);

struct Row {
  const char* names;  // separated by spaces
  Handler handler;    // null: it reaches nothing outside, and is left alone
  const char* detail = "";  // for the handler, as the fact that is asked for
};

// A module, or a type in one ("_socket.socket").
struct Surface {
  const char* where;
  absl::Span<const Row> rows;
};
absl::Span<const Surface> Surfaces();
const Surface* FindSurface(absl::string_view where);
// Null if there is none.
const Row* FindRow(const Surface& surface, absl::string_view name);

enum class Loading {
  kUnknown,  // refused but with code.load
  kOwn,      // reaches nothing outside, or only through its rows
  kNative,   // gives a guest the machine's own calls: needs code.load
};
// Of the modules that come with the interpreter, by name.
Loading LoadingOf(absl::string_view module);

// ---- Handlers, by file ----

PyObject* Refuse(const Call& call);  // `detail` says why
PyObject* AskFact(const Call& call);
PyObject* AskWhole(const Call& call);  // `detail` is the permission

// file_calls.cc
PyObject* OpenDescriptor(const Call& call);
PyObject* ListDirectory(const Call& call);
PyObject* ScanDirectory(const Call& call);
PyObject* ReadLink(const Call& call);
PyObject* ChangeDirectory(const Call& call);
PyObject* OnOpened(const Call& call);
// With descriptors of the guest's own; `detail` says how many there are.
PyObject* OnDescriptors(const Call& call);
PyObject* CloseRange(const Call& call);
PyObject* ControlDescriptor(const Call& call);
PyObject* MakeShared(const Call& call);
PyObject* RemoveShared(const Call& call);

// metadata_calls.cc
// Looks the type of os.stat()'s results up, before there is a guest.
bool RememberStatResult();
PyObject* Stat(const Call& call);
PyObject* StatDescriptor(const Call& call);
PyObject* StatLink(const Call& call);
PyObject* Access(const Call& call);
PyObject* ChangeMode(const Call& call);
PyObject* ChangeOwner(const Call& call);
PyObject* ChangeLinkOwner(const Call& call);
PyObject* ChangeTimes(const Call& call);
PyObject* Truncate(const Call& call);
PyObject* GetAttribute(const Call& call);
PyObject* SetAttribute(const Call& call);
PyObject* RemoveAttribute(const Call& call);
PyObject* ListAttributes(const Call& call);

// name_calls.cc
PyObject* Remove(const Call& call);
PyObject* RemoveDirectory(const Call& call);
PyObject* MakeDirectory(const Call& call);
PyObject* MakeFifo(const Call& call);
PyObject* MakeNode(const Call& call);
PyObject* Rename(const Call& call);
PyObject* Link(const Call& call);
PyObject* Symlink(const Call& call);

// process_calls.cc
PyObject* ForkExec(const Call& call);
PyObject* PosixSpawn(const Call& call);
PyObject* Execute(const Call& call);
PyObject* System(const Call& call);
PyObject* Fork(const Call& call);
PyObject* Kill(const Call& call);
PyObject* KillGroup(const Call& call);
PyObject* SignalDescriptor(const Call& call);
PyObject* SetVariable(const Call& call);
bool ForgetVariables();  // Guest::forget_variables
// `detail` says which argument is the process.
PyObject* ChangePriority(const Call& call);
PyObject* LimitProcess(const Call& call);
PyObject* SystemFact(const Call& call);

// socket_calls.cc
PyObject* Connect(const Call& call);
PyObject* BindSocket(const Call& call);
PyObject* Listen(const Call& call);
PyObject* SendTo(const Call& call);
PyObject* SendMessage(const Call& call);
PyObject* GetAddressInfo(const Call& call);
PyObject* GetHostByName(const Call& call);
PyObject* GetHostByNameEx(const Call& call);
PyObject* GetHostByAddress(const Call& call);
PyObject* GetNameInfo(const Call& call);

// module_calls.cc
PyObject* CreateDynamic(const Call& call);
PyObject* ExecDynamic(const Call& call);

// bytecode_calls.cc
PyObject* LoadBytecode(const Call& call);
PyObject* MakeFrozen(const Call& call);
PyObject* NameCode(const Call& call);
PyObject* OpenCode(const Call& call);

// library_calls.cc
PyObject* ReadByName(const Call& call);
PyObject* WriteByName(const Call& call);
PyObject* ReadSettings(const Call& call);
PyObject* ParseSetting(const Call& call);
PyObject* OpenDatabase(const Call& call);
PyObject* ReadSecrets(const Call& call);
PyObject* LoadCertificates(const Call& call);
PyObject* LoadVerifyLocations(const Call& call);
PyObject* SetSqliteLimit(const Call& call);
PyObject* LoadSqliteExtension(const Call& call);
PyObject* ControlDevice(const Call& call);

// Constructors (slots), by type: they take the place of tp_init or tp_new.
bool ReplaceConstructors(absl::string_view where, PyTypeObject* type);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_OPERATIONS_H_

#include "bindings/python/postern_module.h"

#include <string.h>

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "bindings/host/denial.h"
#include "bindings/python/denial.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"
#include "bindings/python/question.h"

namespace postern {
namespace python {
namespace {

// ---- Objects ----

struct PolicyObject {
  PyObject_HEAD postern_policy* policy;
};

struct ContextObject {
  PyObject_HEAD postern_context* context;
};

// Of one module in one interpreter.
struct ModuleState {
  PyObject* policy_type;
  PyObject* context_type;
  PyObject* decision_type;
  // Of the process: the guest's, or what it was started with; null for none.
  postern_context* context;
  bool owned;  // the context is the module's to free
};

ModuleState* StateOf(PyObject* module) {
  return static_cast<ModuleState*>(PyModule_GetState(module));
}

PyObject* RaiseSetup(const Error& error) {
  PyObject* const type = postern_error_status(error.get()) == POSTERN_NOT_FOUND
                             ? PyExc_FileNotFoundError
                             : PyExc_ValueError;
  PyErr_SetObject(type, Ref(TextOf(error.message())).get());
  return nullptr;
}

// ---- Questions ----

std::string Field(const host::ExplanationPtr& explanation,
                  postern_field field) {
  return explanation == nullptr ? "" : host::TextOf(*explanation, field);
}

// Decision(allowed, reason, permission, resource, rule, remedy).
PyObject* ToDecision(PyObject* type, const postern_context* context,
                     const Question& question, postern_decision decision) {
  const bool guest = TheGuest() != nullptr;
  const bool concealed = postern_decision_concealed(decision) != 0;
  const bool tells = !concealed && (!guest || TheGuest()->names_rules);
  const host::ExplanationPtr explanation =
      tells ? host::ExplainDecision(context, decision, question.access())
            : nullptr;
  const Ref rule(TextOf(Field(explanation, POSTERN_FIELD_RULE)));
  const Ref remedy(TextOf(Field(explanation, POSTERN_FIELD_REMEDY)));
  const Ref made(PyStructSequence_New(reinterpret_cast<PyTypeObject*>(type)));
  if (!rule || !remedy || !made) return nullptr;
  PyObject* const resource =
      question.resource() == nullptr ? Py_None : question.resource();
  PyObject* const items[] = {
      PyBool_FromLong(postern_decision_allowed(decision)),
      PyUnicode_FromString(
          concealed ? "rule" : postern_decision_reason(decision, nullptr)),
      TextOf(question.permission()),
      Ref::Share(resource).Release(),
      Ref::Share(tells ? rule.get() : Py_None).Release(),
      Ref::Share(tells ? remedy.get() : Py_None).Release()};
  bool complete = true;
  for (int i = 0; i < 6; ++i) {
    PyStructSequence_SetItem(made.get(), i, items[i]);
    complete = complete && items[i] != nullptr;
  }
  return complete ? Ref::Share(made.get()).Release() : nullptr;
}

// Null with the error set; a question that cannot be answered is denied.
bool Ask(const postern_context* context, PyObject* args, PyObject* keywords,
         Question* question, postern_decision* decision) {
  if (!question->Read(&PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args),
                      keywords)) {
    return false;
  }
  const Error error;
  (void)postern_check(context, &question->access(), decision, error.get());
  return true;
}

PyObject* Has(const postern_context* context, PyObject* args,
              PyObject* keywords) {
  Question question;
  postern_decision decision = {};
  if (!Ask(context, args, keywords, &question, &decision)) return nullptr;
  return PyBool_FromLong(postern_decision_allowed(decision));
}

PyObject* Check(PyObject* type, const postern_context* context, PyObject* args,
                PyObject* keywords) {
  Question question;
  postern_decision decision = {};
  if (!Ask(context, args, keywords, &question, &decision)) return nullptr;
  return ToDecision(type, context, question, decision);
}

PyObject* EnforceBy(postern_context* context, PyObject* args,
                    PyObject* keywords) {
  Question question;
  postern_decision decision = {};
  if (!question.Read(&PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args),
                     keywords)) {
    return nullptr;
  }
  const Error error;
  PyThreadState* const state = PyEval_SaveThread();
  (void)postern_enforce(context, &question.access(), INT64_MAX, &decision,
                        error.get());
  PyEval_RestoreThread(state);
  if (postern_decision_allowed(decision) != 0) Py_RETURN_NONE;
  return RaiseDecision(context, question.access(), decision,
                       question.resource());
}

// What programs that are started from now on would still have in the kernel.
bool ReachesKernel(absl::string_view permissions) {
  for (const char* const kind :
       {"secret", "plugin", "sys", "env", "code.eval", "code.import"}) {
    if (absl::StartsWith(permissions, kind)) return false;
  }
  return true;
}

postern_status DropIt(postern_context* context, const Question& question,
                      const std::string& permissions, postern_error* error) {
  const postern_access& access = question.access();
  if (access.form == POSTERN_FORM_SECRET) {
    return postern_drop_secret(context, permissions.data(), permissions.size(),
                               question.parts().data(), question.parts().size(),
                               error);
  }
  if (access.form == POSTERN_FORM_CALL) {
    std::vector<postern_bytes> patterns;
    for (size_t i = 0; i < access.arg_count; ++i) {
      patterns.push_back(access.args[i].value);
    }
    return postern_drop_call(context, access.text.data, access.text.size,
                             patterns.data(), patterns.size(), error);
  }
  return postern_drop(context, permissions.data(), permissions.size(),
                      access.text.data, access.text.size, error);
}

// Groups ("fs", "all") are dropped whole, or by a pattern that each takes.
PyObject* Drop(postern_context* context, PyObject* args, PyObject* keywords) {
  Question question;
  if (keywords != nullptr && PyDict_GET_SIZE(keywords) > 0) {
    PyErr_SetString(PyExc_TypeError, "drop() takes no arguments by name");
    return nullptr;
  }
  const Py_ssize_t count = PyTuple_GET_SIZE(args);
  PyObject* const* const given = &PyTuple_GET_ITEM(args, 0);
  std::string pattern;
  Py_ssize_t size = 0;
  const char* const named = count > 1 && PyUnicode_Check(given[0]) != 0
                                ? PyUnicode_AsUTF8AndSize(given[0], &size)
                                : nullptr;
  if (PyErr_Occurred() != nullptr) return nullptr;
  if (named != nullptr && given[1] != Py_None &&
      postern_permission_parse(named, static_cast<size_t>(size)) ==
          POSTERN_UNKNOWN) {
    PyObject* bytes = nullptr;
    if (PyUnicode_FSConverter(given[1], &bytes) == 0) return nullptr;
    const Ref owned(bytes);
    pattern = PyBytes_AS_STRING(bytes);
    if (!question.Read(given, 1, nullptr)) return nullptr;
  } else if (!question.Read(given, count, nullptr)) {
    return nullptr;
  }
  const std::string& permissions = question.permission();
  const Error error;
  const postern_status status =
      pattern.empty()
          ? DropIt(context, question, permissions, error.get())
          : postern_drop(context, permissions.data(), permissions.size(),
                         pattern.data(), pattern.size(), error.get());
  // An error means that more was dropped, not less.
  if (TheGuest() != nullptr &&
      (status != POSTERN_OK || ReachesKernel(permissions))) {
    TheGuest()->wider_in_kernel.store(true);
  }
  if (TheGuest() != nullptr && !TheGuest()->forget_variables()) return nullptr;
  if (status == POSTERN_OK) Py_RETURN_NONE;
  return RaiseSetup(error);
}

// ---- Policy ----

PolicyObject* NewPolicy(PyTypeObject* type) {
  return reinterpret_cast<PolicyObject*>(type->tp_alloc(type, 0));
}

void FreePolicy(PyObject* self) {
  postern_policy_free(reinterpret_cast<PolicyObject*>(self)->policy);
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

using Add = absl::FunctionRef<postern_status(postern_builder*, postern_error*)>;

// Policies are bound, so that links in their names mean what they lead to.
PyObject* Build(PyObject* type, Add add) {
  if (TheGuest() != nullptr) {
    // To read and bind one looks at files that nobody granted.
    return RaiseRefusal("fs.read", nullptr, "policies are the host's to make");
  }
  postern_builder* const builder = postern_builder_new();
  const Error error;
  const Ref object(reinterpret_cast<PyObject*>(
      NewPolicy(reinterpret_cast<PyTypeObject*>(type))));
  if (!object) {
    postern_builder_free(builder);
    return nullptr;
  }
  auto* const made = reinterpret_cast<PolicyObject*>(object.get());
  postern_status status = add(builder, error.get());
  if (status == POSTERN_OK) {
    status = postern_builder_bind(builder, nullptr, error.get());
  }
  if (status == POSTERN_OK) {
    status = postern_builder_build(builder, &made->policy, error.get());
  }
  postern_builder_free(builder);
  if (status != POSTERN_OK) return RaiseSetup(error);
  return Ref::Share(object.get()).Release();
}

PyObject* PolicyFromFile(PyObject* type, PyObject* path) {
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(path, &bytes) == 0) return nullptr;
  const Ref owned(bytes);
  return Build(type, [&](postern_builder* builder, postern_error* error) {
    return postern_builder_add_file(
        builder, PyBytes_AS_STRING(bytes),
        static_cast<size_t>(PyBytes_GET_SIZE(bytes)), POSTERN_FORMAT_DETECT,
        error);
  });
}

PyObject* PolicyFromText(PyObject* type, PyObject* args, PyObject* keywords) {
  static const char* const kNames[] = {"text", "name", nullptr};
  const char* text = nullptr;
  const char* name = "policy.textproto";
  Py_ssize_t size = 0;
  if (PyArg_ParseTupleAndKeywords(args, keywords, "s#|s:from_text",
                                  const_cast<char**>(kNames), &text, &size,
                                  &name) == 0) {
    return nullptr;
  }
  return Build(type, [&](postern_builder* builder, postern_error* error) {
    return postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, text,
                                     static_cast<size_t>(size), name,
                                     strlen(name), error);
  });
}

PyObject* PolicyFromFlags(PyObject* type, PyObject* flags) {
  const Ref items(PySequence_Tuple(flags));
  std::vector<postern_bytes> all;
  for (Py_ssize_t i = 0; items && i < PyTuple_GET_SIZE(items.get()); ++i) {
    Py_ssize_t size = 0;
    const char* const one =
        PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(items.get(), i), &size);
    if (one == nullptr) return nullptr;
    all.push_back({one, static_cast<size_t>(size)});
  }
  if (!items) return nullptr;
  return Build(type, [&](postern_builder* builder, postern_error* error) {
    return postern_builder_add_flags(builder, all.data(), all.size(), error);
  });
}

PyObject* PolicyWarnings(PyObject* self, PyObject*) {
  const postern_policy* const policy =
      reinterpret_cast<PolicyObject*>(self)->policy;
  Ref list(PyList_New(0));
  for (size_t i = 0; list && i < postern_policy_warning_count(policy); ++i) {
    size_t size = 0;
    const char* const text = postern_policy_warning_message(policy, i, &size);
    const Ref one(TextOf({text, size}));
    if (!one || PyList_Append(list.get(), one.get()) != 0) return nullptr;
  }
  return list.Release();
}

PyMethodDef kPolicyMethods[] = {
    {"from_file", &PolicyFromFile, METH_O | METH_CLASS,
     "Reads a policy of any form, with what it includes."},
    {"from_text",
     reinterpret_cast<PyCFunction>(
         reinterpret_cast<void (*)()>(&PolicyFromText)),
     METH_VARARGS | METH_KEYWORDS | METH_CLASS, "Reads the text form."},
    {"from_flags", &PolicyFromFlags, METH_O | METH_CLASS,
     "Reads flags as --allow-fs-read=/srv."},
    {"warnings", &PolicyWarnings, METH_NOARGS,
     "What is legal in the policy and its author should know."},
    {nullptr, nullptr, 0, nullptr}};

PyType_Slot kPolicySlots[] = {
    {Py_tp_doc, const_cast<char*>("An immutable set of rules.")},
    {Py_tp_methods, kPolicyMethods},
    {Py_tp_dealloc, reinterpret_cast<void*>(&FreePolicy)},
    {0, nullptr}};

PyType_Spec kPolicySpec = {"postern.Policy", sizeof(PolicyObject), 0,
                           Py_TPFLAGS_DEFAULT |
                               Py_TPFLAGS_DISALLOW_INSTANTIATION |
                               Py_TPFLAGS_IMMUTABLETYPE,
                           kPolicySlots};

// ---- Context ----

void FreeContext(PyObject* self) {
  postern_context_free(reinterpret_cast<ContextObject*>(self)->context);
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

postern_context* ContextOf(PyObject* self) {
  return reinterpret_cast<ContextObject*>(self)->context;
}

PyObject* NewContext(PyTypeObject* type, PyObject* args, PyObject* keywords) {
  static const char* const kNames[] = {"policy", "principal", "base_directory",
                                       nullptr};
  PyObject* policy = nullptr;
  const char* principal = "";
  const char* base = "";
  if (PyArg_ParseTupleAndKeywords(args, keywords, "O|$ss:Context",
                                  const_cast<char**>(kNames), &policy,
                                  &principal, &base) == 0) {
    return nullptr;
  }
  PyObject* const module = PyType_GetModule(type);
  if (module == nullptr) return nullptr;
  if (PyObject_TypeCheck(policy, reinterpret_cast<PyTypeObject*>(
                                     StateOf(module)->policy_type)) == 0) {
    PyErr_SetString(PyExc_TypeError, "policy must be a postern.Policy");
    return nullptr;
  }
  postern_context_options options = {};
  options.struct_size = sizeof(options);
  options.principal = {principal, strlen(principal)};
  options.base_directory = {base, strlen(base)};
  const Ref object(type->tp_alloc(type, 0));
  if (!object) return nullptr;
  const Error error;
  if (postern_context_new(
          reinterpret_cast<PolicyObject*>(policy)->policy, &options,
          &reinterpret_cast<ContextObject*>(object.get())->context, nullptr,
          error.get()) != POSTERN_OK) {
    return RaiseSetup(error);
  }
  return Ref::Share(object.get()).Release();
}

PyObject* ContextHas(PyObject* self, PyObject* args, PyObject* keywords) {
  return Has(ContextOf(self), args, keywords);
}

PyObject* ContextCheck(PyObject* self, PyTypeObject* defining,
                       PyObject* const* args, Py_ssize_t count,
                       PyObject* names) {
  auto* const state =
      static_cast<ModuleState*>(PyType_GetModuleState(defining));
  const Ref tuple(PyTuple_New(count));
  const Ref dict(PyDict_New());
  if (state == nullptr || !tuple || !dict) return nullptr;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyTuple_SET_ITEM(tuple.get(), i, Ref::Share(args[i]).Release());
  }
  for (Py_ssize_t i = 0; names != nullptr && i < PyTuple_GET_SIZE(names); ++i) {
    if (PyDict_SetItem(dict.get(), PyTuple_GET_ITEM(names, i),
                       args[count + i]) != 0) {
      return nullptr;
    }
  }
  return Check(state->decision_type, ContextOf(self), tuple.get(), dict.get());
}

PyObject* ContextEnforce(PyObject* self, PyObject* args, PyObject* keywords) {
  return EnforceBy(ContextOf(self), args, keywords);
}

PyObject* ContextDrop(PyObject* self, PyObject* args, PyObject* keywords) {
  return Drop(ContextOf(self), args, keywords);
}

template <typename Function>
PyCFunction Plain(Function function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

PyMethodDef kContextMethods[] = {
    {"has", Plain(&ContextHas), METH_VARARGS | METH_KEYWORDS,
     "has(permission, resource=None, *arguments): would it be granted now?"},
    {"check", Plain(&ContextCheck), METH_METHOD | METH_FASTCALL | METH_KEYWORDS,
     "As has(), with the reason, the rule and what would allow it."},
    {"enforce", Plain(&ContextEnforce), METH_VARARGS | METH_KEYWORDS,
     "Decides an access that is about to happen; PermissionError if denied."},
    {"drop", Plain(&ContextDrop), METH_VARARGS | METH_KEYWORDS,
     "Gives rights up for ever."},
    {nullptr, nullptr, 0, nullptr}};

PyType_Slot kContextSlots[] = {
    {Py_tp_doc, const_cast<char*>("What a principal may do now.")},
    {Py_tp_methods, kContextMethods},
    {Py_tp_new, reinterpret_cast<void*>(&NewContext)},
    {Py_tp_dealloc, reinterpret_cast<void*>(&FreeContext)},
    {0, nullptr}};

PyType_Spec kContextSpec = {"postern.Context", sizeof(ContextObject), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
                            kContextSlots};

PyStructSequence_Field kDecisionFields[] = {
    {"allowed", "the only test there is"},
    {"reason", "a stable code: rule, default, dropped, ..."},
    {"permission", "as asked"},
    {"resource", "as asked"},
    {"rule", "that decided; empty for none, None if it is not told"},
    {"remedy", "what would allow it, in one sentence"},
    {nullptr, nullptr}};

PyStructSequence_Desc kDecisionDescription = {
    "postern.Decision", "The answer to a question.", kDecisionFields, 6};

// ---- The module ----

postern_context* OwnContext(PyObject* module) {
  postern_context* const context = StateOf(module)->context;
  if (context == nullptr) {
    PyErr_SetString(PyExc_RuntimeError,
                    "this program was not started under a policy; make a "
                    "postern.Context and ask that");
  }
  return context;
}

PyObject* ModuleHas(PyObject* module, PyObject* args, PyObject* keywords) {
  const postern_context* const context = OwnContext(module);
  return context == nullptr ? nullptr : Has(context, args, keywords);
}

PyObject* ModuleCheck(PyObject* module, PyObject* args, PyObject* keywords) {
  const postern_context* const context = OwnContext(module);
  if (context == nullptr) return nullptr;
  return Check(StateOf(module)->decision_type, context, args, keywords);
}

PyObject* ModuleEnforce(PyObject* module, PyObject* args, PyObject* keywords) {
  postern_context* const context = OwnContext(module);
  return context == nullptr ? nullptr : EnforceBy(context, args, keywords);
}

PyObject* ModuleDrop(PyObject* module, PyObject* args, PyObject* keywords) {
  postern_context* const context = OwnContext(module);
  return context == nullptr ? nullptr : Drop(context, args, keywords);
}

// What the interpreter offers and nobody here knows: for the coverage test.
PyObject* ModuleUnknown(PyObject*, PyObject*) {
  Ref list(PyList_New(0));
  const bool guest = TheGuest() != nullptr;
  for (const std::string& name :
       guest ? TheGuest()->names_without_row() : std::vector<std::string>()) {
    const Ref text(TextOf(name));
    if (!list || !text || PyList_Append(list.get(), text.get()) != 0) {
      return nullptr;
    }
  }
  return list.Release();
}

PyMethodDef kModuleMethods[] = {
    {"has", Plain(&ModuleHas), METH_VARARGS | METH_KEYWORDS,
     "has(permission, resource=None, *arguments): would it be granted now?"},
    {"check", Plain(&ModuleCheck), METH_VARARGS | METH_KEYWORDS,
     "As has(), with the reason, the rule and what would allow it."},
    {"enforce", Plain(&ModuleEnforce), METH_VARARGS | METH_KEYWORDS,
     "Decides an access that is about to happen; PermissionError if denied."},
    {"drop", Plain(&ModuleDrop), METH_VARARGS | METH_KEYWORDS,
     "Gives rights up for ever."},
    {"_names_without_row", &ModuleUnknown, METH_NOARGS,
     "Functions that are refused because nobody knows them."},
    {nullptr, nullptr, 0, nullptr}};

bool AddType(PyObject* module, PyType_Spec* spec, PyObject** type) {
  *type = PyType_FromModuleAndSpec(module, spec, nullptr);
  return *type != nullptr &&
         PyModule_AddType(module, reinterpret_cast<PyTypeObject*>(*type)) == 0;
}

bool FindContext(ModuleState* state) {
  if (TheGuest() != nullptr) {
    state->context = TheGuest()->context;
    return true;
  }
  const Error error;
  const postern_status status =
      postern_context_take_up(nullptr, &state->context, error.get());
  state->owned = status == POSTERN_OK;
  if (status == POSTERN_OK || status == POSTERN_NOT_FOUND) return true;
  (void)RaiseSetup(error);
  return false;
}

int ExecModule(PyObject* module) {
  ModuleState* const state = StateOf(module);
  const Error error;
  if (POSTERN_CHECK_ABI(error.get()) != POSTERN_OK) {
    PyErr_SetString(PyExc_ImportError, error.message().c_str());
    return -1;
  }
  state->decision_type = reinterpret_cast<PyObject*>(
      PyStructSequence_NewType(&kDecisionDescription));
  const bool done =
      state->decision_type != nullptr &&
      PyModule_AddObjectRef(module, "Decision", state->decision_type) == 0 &&
      AddType(module, &kPolicySpec, &state->policy_type) &&
      AddType(module, &kContextSpec, &state->context_type) &&
      PyModule_AddStringConstant(module, "__version__",
                                 postern_version(nullptr)) == 0 &&
      FindContext(state);
  return done ? 0 : -1;
}

int TraverseModule(PyObject* module, visitproc visit, void* arg) {
  ModuleState* const state = StateOf(module);
  Py_VISIT(state->policy_type);
  Py_VISIT(state->context_type);
  Py_VISIT(state->decision_type);
  return 0;
}

int ClearModule(PyObject* module) {
  ModuleState* const state = StateOf(module);
  Py_CLEAR(state->policy_type);
  Py_CLEAR(state->context_type);
  Py_CLEAR(state->decision_type);
  return 0;
}

void FreeModule(void* module) {
  ModuleState* const state = StateOf(static_cast<PyObject*>(module));
  (void)ClearModule(static_cast<PyObject*>(module));
  if (state->owned) postern_context_free(state->context);
}

PyModuleDef_Slot kModuleSlots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(&ExecModule)}, {0, nullptr}};

PyModuleDef kModule = {PyModuleDef_HEAD_INIT,
                       "_postern",
                       "Permissions: ask, enforce, give up.",
                       sizeof(ModuleState),
                       kModuleMethods,
                       kModuleSlots,
                       &TraverseModule,
                       &ClearModule,
                       &FreeModule};

}  // namespace
}  // namespace python
}  // namespace postern

PyMODINIT_FUNC PyInit__postern(void) {
  return PyModuleDef_Init(&postern::python::kModule);
}

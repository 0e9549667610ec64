#include "bindings/python/denial.h"

#include <errno.h>
#include <string.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "bindings/host/denial.h"
#include "bindings/python/guest.h"

namespace postern {
namespace python {
namespace {

// What an explanation tells; empty where there is none.
struct Told {
  std::string permission;
  std::string rule;
};

Told Read(const host::ExplanationPtr& explanation) {
  Told told;
  if (explanation == nullptr) return told;
  told.permission = host::TextOf(*explanation, POSTERN_FIELD_OPERATION);
  if (postern_permission_parse(told.permission.data(),
                               told.permission.size()) == POSTERN_UNKNOWN) {
    told.permission.clear();
  }
  told.rule = host::TextOf(*explanation, POSTERN_FIELD_RULE);
  const std::string source = host::TextOf(*explanation, POSTERN_FIELD_SOURCE);
  if (!told.rule.empty() && !source.empty()) {
    absl::StrAppend(&told.rule, " (", source, ")");
  }
  return told;
}

bool SetText(PyObject* exception, const char* name, PyObject* value) {
  const Ref owned(value);
  return owned && PyObject_SetAttrString(exception, name, owned.get()) == 0;
}

// PermissionError(number, text, resource, None, other).
Ref NewError(PyObject* type, int number, const std::string& text,
             PyObject* resource, PyObject* other) {
  PyObject* const first = resource == nullptr ? Py_None : resource;
  if (other != nullptr) {
    return Ref(PyObject_CallFunction(type, "isOOO", number, text.c_str(), first,
                                     Py_None, other));
  }
  if (resource == nullptr) {
    return Ref(PyObject_CallFunction(type, "is", number, text.c_str()));
  }
  return Ref(PyObject_CallFunction(type, "isO", number, text.c_str(), first));
}

PyObject* Raise(int number, const std::string& permission,
                const std::string& rule, const std::string& text,
                PyObject* resource, PyObject* other) {
  const Ref error =
      NewError(PyExc_PermissionError, number, text, resource, other);
  PyObject* const shown = resource == nullptr ? Py_None : resource;
  Py_INCREF(shown);
  const bool tells = TheGuest() == nullptr || TheGuest()->names_rules;
  if (!tells) Py_INCREF(Py_None);
  if (!error) {
    Py_DECREF(shown);
    return nullptr;
  }
  if (SetText(error.get(), "permission", TextOf(permission)) &&
      SetText(error.get(), "resource", shown) &&
      SetText(error.get(), "rule", tells ? TextOf(rule) : Py_None)) {
    PyErr_SetObject(PyExc_PermissionError, error.get());
  }
  return nullptr;
}

PyObject* RaiseErrno(int number, PyObject* resource, PyObject* other) {
  errno = number;
  return PyErr_SetFromErrnoWithFilenameObjects(PyExc_OSError, resource, other);
}

std::string TextFor(const std::string& permission) {
  return absl::StrCat("Permission denied by policy: ", permission);
}

}  // namespace

PyObject* TextOf(absl::string_view bytes) {
  return PyUnicode_DecodeFSDefaultAndSize(
      bytes.data(), static_cast<Py_ssize_t>(bytes.size()));
}

PyObject* RaiseOutcome(const postern_error* error, const char* permission,
                       PyObject* resource, PyObject* other) {
  const postern_status status = postern_error_status(error);
  const int number = postern_error_errno(error);
  if (status == POSTERN_SYSTEM) return RaiseErrno(number, resource, other);
  if (status == POSTERN_INVALID_ARGUMENT) {
    return RaiseErrno(EINVAL, resource, other);
  }
  // Without memory there is no status either.
  if (status != POSTERN_DENIED) return PyErr_NoMemory();
  if (number == ENOENT) return RaiseErrno(ENOENT, resource, other);
  Told told = Read(host::ExplainRefusal(TheGuest()->context, error));
  if (told.permission.empty()) told.permission = permission;
  if (told.rule.empty()) {
    size_t size = 0;
    const char* const refusal = postern_error_refusal(error, &size);
    if (absl::string_view(refusal, size) != "monitor" &&
        absl::string_view(refusal, size) != "rules") {
      told.rule.assign(refusal, size);
    }
  }
  return Raise(number == 0 ? EACCES : number, told.permission, told.rule,
               TextFor(told.permission), resource, other);
}

PyObject* RaiseDecision(const postern_context* context,
                        const postern_access& access, postern_decision decision,
                        PyObject* resource) {
  const Ref text(resource == nullptr && access.form != POSTERN_FORM_WHOLE
                     ? TextOf({access.text.data, access.text.size})
                     : Ref::Share(resource).Release());
  if (postern_decision_concealed(decision) != 0) {
    return RaiseErrno(ENOENT, text.get(), nullptr);
  }
  const Told told = Read(host::ExplainDecision(context, decision, access));
  const std::string permission =
      postern_permission_name(access.permission, nullptr);
  return Raise(EACCES, permission, told.rule, TextFor(permission), text.get(),
               nullptr);
}

PyObject* RaiseRefusal(const char* permission, PyObject* resource,
                       absl::string_view why) {
  return Raise(EACCES, permission, "", absl::StrCat("Permission denied: ", why),
               resource, nullptr);
}

bool Enforce(const postern_access& access, PyObject* resource) {
  postern_decision decision = {};
  const Error error;
  PyThreadState* const state = PyEval_SaveThread();  // a person may be asked
  (void)postern_enforce(TheGuest()->context, &access, INT64_MAX, &decision,
                        error.get());
  PyEval_RestoreThread(state);
  if (postern_decision_allowed(decision) != 0) return true;
  (void)RaiseDecision(TheGuest()->context, access, decision, resource);
  return false;
}

bool EnforceText(postern_permission permission, postern_form form,
                 absl::string_view text, PyObject* resource) {
  return Enforce(host::NewAccess(permission, form, text), resource);
}

bool EnforceWhole(postern_permission permission) {
  return EnforceText(permission, POSTERN_FORM_WHOLE, "");
}

}  // namespace python
}  // namespace postern

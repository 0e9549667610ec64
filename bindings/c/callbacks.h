#ifndef POSTERN_BINDINGS_C_CALLBACKS_H_
#define POSTERN_BINDINGS_C_CALLBACKS_H_

#include <memory>
#include <string>

#include "bindings/c/postern.h"
#include "permission/ask.h"
#include "permission/audit.h"
#include "permission/context.h"

namespace postern {
namespace c {

// Tells the callback of a C program.
class CallbackAuditSink : public AuditSink {
 public:
  CallbackAuditSink(postern_audit_fn callback, void* user_data)
      : callback_(callback), user_data_(user_data) {}
  void Record(const AuditEvent& event) override;

 private:
  const postern_audit_fn callback_;
  void* const user_data_;
};

// Asks the callback of a C program.
class CallbackAskHandler : public AskHandler {
 public:
  CallbackAskHandler(postern_ask_fn callback, void* user_data)
      : callback_(callback), user_data_(user_data) {}
  Answer Ask(const Question& question) override;

 private:
  const postern_ask_fn callback_;
  void* const user_data_;
};

// A context with all that it calls back into. Kept by its handle and by the
// holders of contexts derived from it. The order of the members is that in
// which they must not be destroyed.
struct ContextHolder {
  explicit ContextHolder(const postern_context_options& options)
      : audit(options.audit, options.user_data),
        ask(options.ask, options.user_data),
        user_data(options.user_data) {}
  ~ContextHolder();

  CallbackAuditSink audit;
  CallbackAskHandler ask;
  void* const user_data;
  // Set once the context is made.
  void (*release)(void* user_data) = nullptr;
  std::string base_directory;  // as it was given, or the parent's
  std::shared_ptr<ContextHolder> parent;
  std::shared_ptr<PermissionContext> context;
};

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_CALLBACKS_H_

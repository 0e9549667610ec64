#include "bindings/host/guest_monitor.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "bindings/host/question.h"

namespace postern {
namespace host {
namespace {

std::string ErrnoText(int code) {
  char room[128];
  return strerror_r(code, room, sizeof(room));
}

}  // namespace

GuestMonitor::GuestMonitor(postern_context* context, DenialDetail detail,
                           int64_t ask_timeout_ns)
    : context_(context),
      detail_(detail),
      ask_timeout_ns_(ask_timeout_ns),
      error_(postern_error_new()) {}

GuestMonitor::~GuestMonitor() { postern_error_free(error_); }

void GuestMonitor::FailWithText(int code, absl::string_view text) noexcept {
  failure_ = Failure();
  failure_.code = code;
  try {
    failure_.message = std::string(text);
  } catch (...) {
    failure_.message.clear();
  }
}

int64_t GuestMonitor::Deadline() const {
  if (ask_timeout_ns_ <= 0) return INT64_MAX;
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const int64_t now_ns = int64_t{1000000000} * now.tv_sec + now.tv_nsec;
  return ask_timeout_ns_ > INT64_MAX - now_ns ? INT64_MAX
                                              : now_ns + ask_timeout_ns_;
}

void GuestMonitor::FailWith(int code, absl::string_view subject) noexcept {
  failure_ = Failure();
  failure_.code = code;
  try {
    failure_.message =
        absl::StrCat(subject, subject.empty() ? "" : ": ", ErrnoText(code));
  } catch (...) {
    failure_.message.clear();
  }
}

Failure* GuestMonitor::TakeFailure() noexcept {
  try {
    return new Failure(std::move(failure_));
  } catch (...) {
    return nullptr;
  }
}

void GuestMonitor::Deny(const postern_access& access,
                        postern_decision decision) noexcept {
  failure_ = Failure();
  failure_.denied = true;
  failure_.code = EACCES;
  try {
    const ExplanationPtr why = ExplainDecision(context_, decision, access);
    failure_.denial = DescribeDenial(access, decision, why.get(), detail_);
    failure_.message = failure_.denial.message;
    if (postern_decision_concealed(decision) != 0) failure_.code = ENOENT;
  } catch (...) {
    failure_.message = "ERR_ACCESS_DENIED";
  }
}

void GuestMonitor::NoteRefusal(postern_status status,
                               postern_permission permission,
                               absl::string_view asked) noexcept {
  const int code = postern_error_errno(error_);
  if (status == POSTERN_SYSTEM) return FailWith(code, asked);
  if (status != POSTERN_DENIED) return FailWith(EINVAL, asked);
  const postern_access access = NewAccess(permission, POSTERN_FORM_PATH, asked);
  failure_ = Failure();
  failure_.denied = true;
  failure_.code = code == 0 ? EACCES : code;
  try {
    failure_.denial = DescribeRefusal(context_, error_, access, detail_);
    failure_.message = failure_.denial.message;
    if (failure_.code == ENOENT) FailWith(ENOENT, asked);
  } catch (...) {
    failure_.message = "ERR_ACCESS_DENIED";
  }
}

bool GuestMonitor::Enforce(const postern_access& access) noexcept {
  postern_decision decision = {};
  (void)postern_enforce(context_, &access, Deadline(), &decision, nullptr);
  if (postern_decision_allowed(decision) != 0) return true;
  Deny(access, decision);
  return false;
}

bool GuestMonitor::EnforceWhole(postern_permission permission) noexcept {
  return Enforce(NewAccess(permission, POSTERN_FORM_WHOLE, ""));
}

bool GuestMonitor::EnforceName(postern_permission permission,
                               absl::string_view name) noexcept {
  return Enforce(NewAccess(permission, POSTERN_FORM_NAME, name));
}

bool GuestMonitor::HasBy(const std::vector<std::string>& words) noexcept {
  try {
    return HasPermission(
        context_, words[0],
        std::vector<std::string>(words.begin() + 1, words.end()));
  } catch (...) {
    return false;
  }
}

bool GuestMonitor::DropBy(const std::vector<std::string>& words) noexcept {
  try {
    const std::vector<std::string> resource(words.begin() + 1, words.end());
    if (DropPermission(context_, words[0], resource, error_) == POSTERN_OK) {
      return true;
    }
    const absl::string_view why = postern_error_message(error_, nullptr);
    FailWithText(EINVAL, why.empty() ? "no such resource" : why);
  } catch (...) {
    FailWith(ENOMEM, "");
  }
  return false;
}

bool GuestMonitor::RequireFiles(const postern_files* files,
                                postern_permission permission,
                                absl::string_view asked) noexcept {
  if (files != nullptr) return true;
  Deny(NewAccess(permission, POSTERN_FORM_PATH, asked), postern_decision());
  return false;
}

}  // namespace host
}  // namespace postern

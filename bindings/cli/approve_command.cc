#include <unistd.h>

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bindings/cli/app.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/json.h"
#include "bindings/cli/plugins.h"
#include "bindings/cli/store.h"
#include "permission/approval/internal/canonical.h"
#include "permission/approval/review.h"
#include "permission/approval/review_json.h"
#include "permission/approval/review_text.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

enum class Consent : uint8_t { kNone, kGiven, kRefused };

// Nothing to add and nothing to take away, for the app that lies here.
bool IsSettled(const App& app, const Review& review) {
  return CheckPlace(app, review.current).ok() && review.in_force &&
         review.Count(Change::kAdded) == 0 &&
         review.Count(Change::kRemoved) == 0;
}

// Asks whoever sits at the terminal, who has the review before their eyes.
absl::StatusOr<Consent> AskOnTerminal(const Arguments& arguments, Output* out) {
  if (arguments.json || isatty(STDIN_FILENO) == 0 ||
      isatty(STDOUT_FILENO) == 0) {
    return absl::FailedPreconditionError(
        "there is nobody to ask; read the review with --dry-run, then approve "
        "it with --digest DIGEST");
  }
  out->Print("\nApprove this? Type yes or no: ");
  const absl::Status shown = out->Flush();
  if (!shown.ok()) return shown;
  std::string answer;
  std::getline(std::cin, answer);
  absl::AsciiStrToLower(&answer);
  return answer == "y" || answer == "yes" ? Consent::kGiven : Consent::kRefused;
}

absl::StatusOr<Consent> GetConsent(const Arguments& arguments, const App& app,
                                   const Review& review, Output* out) {
  if (arguments.dry_run) return Consent::kNone;
  if (IsSettled(app, review)) {
    // The same command once more is no mistake, another review's digest is.
    if (arguments.digest.empty() || arguments.digest == review.digest ||
        arguments.digest == review.current.approval->digest) {
      return Consent::kNone;
    }
  } else if (arguments.digest.empty()) {
    return AskOnTerminal(arguments, out);
  } else if (arguments.digest == review.digest) {
    return Consent::kGiven;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the review is not the one with digest ",
                   internal::QuoteForDisplay(arguments.digest),
                   ": it is of another folder, or the manifest or the approval "
                   "changed; read it again with --dry-run"));
}

// Approves all that `review` shows as asked for. Returns the revision.
absl::StatusOr<int64_t> Write(const App& app, const Review& review,
                              const std::string& path) {
  Signature signature;
  signature.who = CurrentPerson();
  signature.when = absl::Now();
  absl::StatusOr<Approval> approval = Approve(
      review, ReviewDigest(review), EverythingRequested(review), signature);
  if (!approval.ok()) return approval.status();
  approval->digest = review.digest;  // the one that was shown
  approval->place = app.directory;
  const absl::StatusOr<std::unique_ptr<ApprovalStore>> store =
      OpenOrCreateStore(path);
  if (!store.ok()) return store.status();
  return (*store)->CompareAndSet(
      review.app.IdWithoutVersion(), review.current.revision, *approval,
      ChangeInfo{signature.who, signature.when, "postern approve"});
}

// The folder of the app that would lose its approval; "" if there is none.
std::string Displaced(const App& app, const ApprovalState& state) {
  return CheckPlace(app, state).ok() ? "" : state.approval->place;
}

// For whom the approval is, and who has it now.
std::string PlaceLine(const App& app, const ApprovalState& state) {
  const std::string displaced = Displaced(app, state);
  return absl::StrCat("folder    ", internal::QuoteForDisplay(app.directory),
                      displaced.empty()
                          ? ""
                          : absl::StrCat(", in place of the app in ",
                                         internal::QuoteForDisplay(displaced)),
                      "\n");
}

// Over the review and PlaceLine(): two apps of one id that ask for the same
// have the same review, and a yes is for one of them.
std::string DigestOfWhatIsShown(const App& app, const Review& review) {
  internal::CanonicalWriter writer("postern approve 1");
  writer.Bytes(ReviewDigest(review));
  writer.Bytes(app.directory);
  writer.Bytes(Displaced(app, review.current));
  return internal::Sha256Hex(writer.bytes());
}

std::string ToJson(const App& app, const Review& review, const char* result,
                   int64_t revision) {
  return JsonObject([&](JsonWriter* json) {
    const std::string shown = ReviewToJson(review);
    json->Key("review");
    json->Raw(absl::StripTrailingAsciiWhitespace(shown));
    JsonMember("folder", app.directory, json);
    JsonMember("result", result, json);
    json->Key("revision");
    json->Integer(revision);
  });
}

// The end of the output after the review was shown as text.
std::string LastLine(const Review& review, const std::string& result,
                     int64_t revision) {
  const std::string app = internal::QuoteForDisplay(review.app.id());
  if (result == "approved") {
    return absl::StrCat("\napproved ", app, " by ",
                        internal::QuoteForDisplay(CurrentPerson()),
                        ", revision ", revision, "\n");
  }
  if (result == "unchanged") return absl::StrCat("\nnothing to approve\n");
  return absl::StrCat("\nnot approved, nothing was changed\n");
}

}  // namespace

absl::StatusOr<ExitCode> ApproveApp(const Arguments& arguments, Output* out) {
  if (arguments.dry_run && !arguments.digest.empty()) {
    return absl::InvalidArgumentError(
        "--dry-run and --digest exclude each other; give one of them");
  }
  const absl::StatusOr<App> app = LoadApp(arguments.app);
  if (!app.ok()) return app.status();
  const absl::StatusOr<host::Catalog> catalog = HostPlugins();
  if (!catalog.ok()) return catalog.status();
  const absl::Status functions = CheckFunctions(app->manifest, *catalog);
  if (!functions.ok()) return functions;
  const absl::StatusOr<std::string> path = StorePath(arguments.store);
  if (!path.ok()) return path.status();
  const absl::StatusOr<ApprovalState> state =
      ReadState(*path, app->manifest.app.IdWithoutVersion());
  if (!state.ok()) return state.status();
  absl::StatusOr<Review> review =
      MakeReview(app->manifest, *state, absl::Now());
  if (!review.ok()) return review.status();
  review->digest = DigestOfWhatIsShown(*app, *review);

  if (!arguments.json) {
    out->Print(absl::StrCat(PlaceLine(*app, *state), ReviewToText(*review)));
  }
  const absl::StatusOr<Consent> consent =
      GetConsent(arguments, *app, *review, out);
  if (!consent.ok()) return consent.status();
  // What cannot be told is not done. JSON may begin with a line break.
  if (arguments.json && *consent == Consent::kGiven) out->Print("\n");
  const absl::Status shown = out->Flush();
  if (!shown.ok()) return shown;
  int64_t revision = state->revision;
  if (*consent == Consent::kGiven) {
    const absl::StatusOr<int64_t> written = Write(*app, *review, *path);
    if (!written.ok()) return written.status();
    revision = *written;
  }
  const char* const result = *consent == Consent::kGiven ? "approved"
                             : IsSettled(*app, *review)  ? "unchanged"
                                                         : "not_approved";
  out->Print(arguments.json ? ToJson(*app, *review, result, revision)
                            : LastLine(*review, result, revision));
  return *consent == Consent::kRefused ? ExitCode::kDenied : ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern

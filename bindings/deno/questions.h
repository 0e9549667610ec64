#ifndef POSTERN_BINDINGS_DENO_QUESTIONS_H_
#define POSTERN_BINDINGS_DENO_QUESTIONS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/c/postern.h"
#include "bindings/deno/broker_message.h"

namespace postern {
namespace deno {

// A question to the library.
struct Question {
  postern_permission permission = POSTERN_UNKNOWN;
  postern_form form = POSTERN_FORM_NONE;  // refused
  std::string text;
  std::vector<std::string> args;  // of a command
  // Of an endpoint: an address that its name leads to; "" = the name itself.
  std::string leads_to;
  // About another name of the file than Deno asked for, which it is not told.
  bool by_other_name = false;
};

// How a request of Deno may be granted: if all questions of one list are. There
// is more than one list where Deno does not say which of two things it is about
// to do; without any it is denied.
struct Questions {
  std::vector<std::vector<Question>> ways;
  std::string problem;  // why there are none
};

// What is known of the Deno that asks.
struct AskingDeno {
  std::string directory;  // its working directory; "" = not known
  std::string temporary;  // where it makes temporary files
  // Where the broker's socket and Deno's own files are: for no script, whatever
  // else is granted around it. "" = nowhere.
  std::string own_folder;
  std::vector<std::string> program_folders;  // absolute, in order
  // The name that an absolute one really has, links followed; "" = not known.
  std::function<std::string(const std::string&)> real_name;
  // Other names (hard links) of the file of an absolute name, as far as rules
  // that deny cover them. Null: none is known.
  std::function<std::vector<std::string>(const std::string&)> denied_names;
};

// The host that an endpoint names, "" if it is an address or no host at all.
std::string HostName(absl::string_view endpoint);

// The table of the permissions that Deno has: read, write, net, env, run, ffi,
// sys, import. Others are denied. docs/deno.md says what each means here.
Questions QuestionsFor(const BrokerRequest& request, const AskingDeno& deno);

}  // namespace deno
}  // namespace postern

#endif  // POSTERN_BINDINGS_DENO_QUESTIONS_H_

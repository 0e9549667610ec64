#ifndef POSTERN_BINDINGS_NODE_ADDON_CHILD_OUTPUT_H_
#define POSTERN_BINDINGS_NODE_ADDON_CHILD_OUTPUT_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "bindings/node/addon/child_start.h"
#include "postern/postern.h"

namespace postern {
namespace node {

// Feeds a program that somebody waits for, and takes what it prints, within
// limits (child_process.spawnSync). For one thread.
class ChildOutput {
 public:
  ChildOutput() = default;
  ~ChildOutput();
  ChildOutput(const ChildOutput&) = delete;
  ChildOutput& operator=(const ChildOutput&) = delete;

  // From (input, numbers of the program's descriptors that are pipes, [time in
  // milliseconds, bytes, signal]). Adds the pipes to the start.
  bool Read(napi_env env, const napi_value arguments[3], ChildStart* start,
            std::string* problem);
  // Until the program ended.
  void Pump(postern_child* child);

  const std::map<int, std::string>& texts() const { return texts_; }
  int exit_status() const { return exit_status_; }
  int signal() const { return signal_; }
  // "ETIMEDOUT", "ENOBUFS"; "" if it kept within the limits.
  const std::string& exceeded() const { return exceeded_; }

 private:
  bool AddPipe(int number, ChildStart* start);
  void CloseTheirs();
  int64_t DeadlineMs() const;
  void Exceed(const char* what, postern_child* child);
  void Feed();
  void Take(int number, postern_child* child);
  void Drain(postern_child* child);

  std::string input_;
  size_t fed_ = 0;
  int64_t limits_[3] = {};
  int64_t started_ms_ = 0;
  std::map<int, int> ours_;  // by the program's number
  std::map<int, int> theirs_;
  std::map<int, std::string> texts_;
  std::string exceeded_;
  int exit_status_ = 0;
  int signal_ = 0;
};

}  // namespace node
}  // namespace postern

#endif  // POSTERN_BINDINGS_NODE_ADDON_CHILD_OUTPUT_H_

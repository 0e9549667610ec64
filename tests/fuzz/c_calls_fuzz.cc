// Any sequence of calls of the C interface, with handles that may be null and
// arguments that may mean nothing: a call that fails gives nothing out, what is
// dropped stays dropped, and whatever a guest opens lies in its box.

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <string>

#include "bindings/c/postern.h"
#include "tests/fuzz/require.h"

namespace {

namespace filesystem = std::filesystem;
using postern::Require;

// Where files are tried, made anew for each input; links lead out of it.
class Box {
 public:
  Box() {
    char name[] = "/tmp/postern_c_calls.XXXXXX";
    Require(mkdtemp(name) != nullptr, "there is a box");
    root_ = name;
    filesystem::create_directory(path());
    filesystem::create_directory(path() + "/dir");
    filesystem::create_symlink("/etc", path() + "/out");
    filesystem::create_symlink("../secret", path() + "/link");
    FILE* const secret = fopen((root_ + "/secret").c_str(), "w");
    Require(secret != nullptr, "there is a secret");
    fclose(secret);
  }
  ~Box() {
    std::error_code ignored;
    filesystem::remove_all(root_, ignored);
  }
  std::string path() const { return root_ + "/box"; }
  bool Holds(int fd) const {
    char name[PATH_MAX + 1] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (readlink(link.c_str(), name, PATH_MAX) < 0) return false;
    const std::string found = name;
    return found == path() ||
           found.compare(0, path().size() + 1, path() + "/") == 0;
  }

 private:
  std::string root_;
};

constexpr const char* kWords[] = {
    "",
    "a",
    "b",
    "dir",
    "dir/a",
    "..",
    "../secret",
    "link",
    "out/passwd",
    ".",
    "fs",
    "fs.read",
    "all",
    "net",
    "version: 1",
    "g",
    "127.0.0.1:0",
    "a.test:80",
    "a.test",
    "10.0.0.1:80",
    "img-src",
    "https://a.b",
    "user.x",
    "/",
    "unix:a",
    "self",
    "inline",
    "[::1]:0",
    "--allow-fs",
    "--deny-net=a.test",
    "plugin.call",
    "p.f",
    "version: 1 layers { name: 'g' rules { allow: 'fs.read' pattern: '/a' } }",
    "version: 1 app: 'a.b' fs { path: '/a' reason: 'r' }",
    "default-src 'self'; img-src https://a.b",
    "img-src https://a.b\n"};

// Reads what to do from the input.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  uint8_t Byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  uint32_t Word() {
    const uint32_t low = Byte();
    return low < 200 ? low : low << 24 | Byte() << 8 | Byte();
  }
  // A word of the list, or bytes of the input; now and then a null pointer with
  // a size.
  postern_bytes Text() {
    const uint8_t kind = Byte();
    if (kind == 255) return {nullptr, 3};
    if (kind == 254) return {nullptr, 0};
    constexpr size_t kCount = sizeof(kWords) / sizeof(kWords[0]);
    if (kind < 192) {
      const char* const word = kWords[kind % kCount];
      return {word, strlen(word)};
    }
    kept_.emplace_back();
    for (int length = Byte() % 64; length > 0; --length) {
      kept_.back() += static_cast<char>(Byte());
    }
    return {kept_.back().data(), kept_.back().size()};
  }
  // The struct's size, mostly.
  size_t StructSize(size_t size) {
    const uint8_t kind = Byte();
    return kind < 240 ? size : kind == 240 ? SIZE_MAX : kind;
  }

 private:
  const uint8_t* data_;
  size_t left_;
  std::deque<std::string> kept_;  // stay where they are
};

// A struct with readable zeros behind it, as far as a size may say.
template <typename T>
struct Roomy {
  explicit Roomy(Input* in) {
    memset(room, 0, sizeof(room));
    get()->struct_size = in->StructSize(sizeof(T));
  }
  T* get() { return reinterpret_cast<T*>(room); }
  alignas(16) char room[8192];
};

// Some handles of a kind, null at first.
template <typename T, void (*kFree)(T*)>
class Slots {
 public:
  ~Slots() {
    for (T*& one : slots_) Set(&one, nullptr);
  }
  T* Get(Input* in) { return slots_[in->Byte() % kCount]; }
  // What a call with this status made takes the place of another.
  void Put(Input* in, postern_status status, T* made) {
    Require((status == POSTERN_OK) == (made != nullptr),
            "what failed made nothing");
    if (made != nullptr) Set(&slots_[in->Byte() % kCount], made);
  }

 private:
  static constexpr int kCount = 3;
  static void Set(T** slot, T* made) {
    if (*slot != nullptr) kFree(*slot);
    *slot = made;
  }
  T* slots_[kCount] = {};
};

// The calls, one by its number.
class World {
 public:
  explicit World(Input* in) : in_(*in), error_(postern_error_new()) {
    const std::string flag = "--allow-fs=" + box_.path();
    const postern_bytes flags[] = {{flag.data(), flag.size()},
                                   {"--allow-net=127.0.0.1,a.test", 28}};
    postern_builder* const builder = postern_builder_new();
    postern_policy* policy = nullptr;
    const std::string base = box_.path();
    Require(
        postern_builder_add_flags(builder, flags, 2, error_) == POSTERN_OK &&
            postern_builder_set_base_directory(
                builder, base.data(), base.size(), error_) == POSTERN_OK &&
            postern_builder_bind(builder, nullptr, error_) == POSTERN_OK &&
            postern_builder_build(builder, &policy, error_) == POSTERN_OK,
        postern_error_message(error_, nullptr));
    postern_context_new(policy, nullptr, &guest_, nullptr, error_);
    postern_files_new(guest_, nullptr, &files_, error_);
    postern_network_options options = {};
    options.struct_size = sizeof(options);
    options.files = files_;
    options.look_up = &LookUp;
    postern_network_new(guest_, &options, &network_, error_);
    Require(network_ != nullptr, "there is a network");
    postern_policy_free(policy);
    postern_builder_free(builder);
  }
  ~World() {
    postern_builder_free(builder_);
    postern_network_free(network_);
    postern_files_free(files_);
    postern_context_free(guest_);
    postern_error_free(error_);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void Call() {
    switch (in_.Byte() % 6) {
      case 0:
        return Policies();
      case 1:
        return Contexts();
      case 2:
        return Files();
      case 3:
        return Names();
      case 4:
        return Network();
      case 5:
        return Pages();
    }
  }

 private:
  static postern_code LookUp(void*, const char*, size_t, int64_t,
                             postern_addresses* addresses) {
    postern_addresses_add(addresses, "127.0.0.1", 9, 0);
    postern_addresses_add(addresses, "10.0.0.1", 8, 0);
    return POSTERN_E_NONE;
  }

  postern_error* Error() { return in_.Byte() == 7 ? nullptr : error_; }
  postern_files* TheFiles() { return in_.Byte() == 7 ? nullptr : files_; }

  // Frees what a call with this status made.
  void Drop(postern_status status, postern_buffer* made) {
    Require((status == POSTERN_OK) == (made != nullptr),
            "what failed made no bytes");
    postern_buffer_free(made);
  }

  void Policies() {
    const postern_bytes text = in_.Text(), name = in_.Text();
    postern_policy* policy = nullptr;
    postern_builder* const builder = builder_;
    switch (in_.Byte() % 8) {
      case 0: {
        Roomy<postern_policy_options> options(&in_);
        options.get()->source_name = name;
        const postern_status status = postern_policy_from_text(
            text.data, text.size, options.get(), &policy, Error());
        return policies_.Put(&in_, status, policy);
      }
      case 1: {
        const postern_status status =
            postern_policy_from_flags(&text, 1, nullptr, &policy, Error());
        return policies_.Put(&in_, status, policy);
      }
      case 2:
        postern_builder_free(builder_);
        builder_ = postern_builder_new();
        return;
      case 3:
        postern_builder_add_bytes(builder, in_.Byte() % 5, text.data, text.size,
                                  name.data, name.size, Error());
        return;
      case 4:
        postern_builder_add_policy(builder, policies_.Get(&in_), Error());
        return;
      case 5: {
        const postern_status status =
            postern_builder_build(builder, &policy, Error());
        return policies_.Put(&in_, status, policy);
      }
      case 6: {
        postern_buffer* made = nullptr;
        const postern_status status = postern_policy_write(
            policies_.Get(&in_), in_.Byte() % 5, &made, Error());
        return Drop(status, made);
      }
      case 7:
        return Problems(text);
    }
  }

  // There are none in what makes a policy.
  void Problems(postern_bytes text) {
    const postern_format format = in_.Byte() % 5;
    postern_problems* problems = nullptr;
    const postern_status status = postern_problems_of_bytes(
        text.data, text.size, format, nullptr, &problems, Error());
    Require((status == POSTERN_OK) == (problems != nullptr),
            "what failed found nothing");
    postern_policy* policy = nullptr;
    if (format == POSTERN_FORMAT_TEXT) {
      postern_policy_from_text(text.data, text.size, nullptr, &policy, Error());
    }
    Require(policy == nullptr || postern_problems_count(problems) == 0,
            "a policy with problems was made");
    postern_policy_free(policy);
    Roomy<postern_problem> problem(&in_);
    postern_problems_get(problems, in_.Byte() % 3, problem.get(), Error());
    postern_problems_free(problems);
  }

  void Contexts() {
    postern_context* made = nullptr;
    const postern_bytes text = in_.Text(), other = in_.Text();
    switch (in_.Byte() % 6) {
      case 0: {
        Roomy<postern_context_options> options(&in_);
        options.get()->principal = text;
        const postern_status status = postern_context_new(
            policies_.Get(&in_), options.get(), &made, nullptr, Error());
        return contexts_.Put(&in_, status, made);
      }
      case 1: {
        const postern_status status = postern_derive(
            contexts_.Get(&in_), policies_.Get(&in_), nullptr, &made, Error());
        return contexts_.Put(&in_, status, made);
      }
      case 2:
        postern_drop(contexts_.Get(&in_), text.data, text.size, other.data,
                     other.size, Error());
        return;
      case 3:
        postern_restrict(contexts_.Get(&in_), policies_.Get(&in_), Error());
        return;
      case 4:
        return Decide(contexts_.Get(&in_), text);
      case 5:
        // The guest gives up everything, for ever.
        if (in_.Byte() % 4 != 0) return;
        Require(postern_drop(guest_, "all", 3, "", 0, Error()) == POSTERN_OK,
                "all is given up");
        gave_up_ = true;
        return;
    }
  }

  void Decide(postern_context* context, postern_bytes text) {
    Roomy<postern_access> access(&in_);
    access.get()->permission = in_.Byte() % 22;
    access.get()->form = in_.Byte() % 9;
    access.get()->text = text;
    access.get()->parts = &text;
    access.get()->part_count = in_.Byte() % 2;
    postern_decision decision;
    memset(&decision, 0xFF, sizeof(decision));
    size_t index = 9;
    const postern_status status =
        in_.Byte() % 2 == 0
            ? postern_enforce(context, access.get(), 0, &decision, Error())
            : postern_enforce_all(context, access.get(), 1, 0, &decision,
                                  &index, Error());
    Require(status == POSTERN_OK || !postern_decision_allowed(decision),
            "what failed is denied");
    postern_explanation* why = nullptr;
    postern_explain(context, decision, access.get(), &why, Error());
    postern_explanation_free(why);
  }

  // Descriptors are closed; what is open lies in the box.
  void Opened(postern_status status, int32_t fd) {
    Require((status == POSTERN_OK) == (fd >= 0), "what failed opened nothing");
    if (fd < 0) return;
    Require(box_.Holds(fd), "a guest opened what is not in its box");
    Require(!gave_up_, "a guest opened something without any right");
    close(fd);
  }

  // What is open stays in the box and keeps its rights.
  void OpenFiles(postern_bytes path) {
    postern_open_file* made = nullptr;
    const postern_status status =
        postern_files_open_file(TheFiles(), path.data, path.size, in_.Word(),
                                in_.Word(), &made, Error());
    Require(made == nullptr || !gave_up_,
            "a guest opened something without any right");
    Require(made == nullptr || box_.Holds(postern_open_file_descriptor(made)),
            "a guest opened what is not in its box");
    open_files_.Put(&in_, status, made);
    postern_open_file* const file = open_files_.Get(&in_);
    const bool writes =
        (postern_open_file_rights(file) & POSTERN_OPEN_WRITE) != 0;
    Roomy<postern_file_info> info(&in_);
    postern_open_file_get_info(file, info.get(), Error());
    Require(writes || postern_open_file_set_size(file, in_.Word(), Error()) !=
                          POSTERN_OK,
            "what was not opened for writing was written");
    Require(writes || postern_open_file_set_mode(file, in_.Word(), Error()) !=
                          POSTERN_OK,
            "what was not opened for writing was changed");
    if (in_.Byte() % 4 != 0) return;
    const int32_t fd = postern_open_file_release(file);
    if (fd >= 0) close(fd);
  }

  void Files() {
    postern_files* const files = TheFiles();
    const postern_bytes path = in_.Text(), other = in_.Text();
    postern_buffer* made = nullptr;
    int32_t fd = 9;
    switch (in_.Byte() % 9) {
      case 8:
        return OpenFiles(path);
      case 0: {
        const uint32_t flags = in_.Word();
        const postern_status status =
            postern_files_open(files, path.data, path.size, flags, in_.Word(),
                               &fd, nullptr, Error());
        return Opened(status, fd);
      }
      case 1: {
        const postern_status status = postern_files_read(
            files, path.data, path.size, in_.Word(), &made, Error());
        return Drop(status, made);
      }
      case 2:
        postern_files_write(files, path.data, path.size, other.data, other.size,
                            in_.Word(), Error());
        return;
      case 3: {
        const postern_status status = postern_files_create_temporary(
            files, path.data, path.size, other.data, other.size, &fd, &made,
            Error());
        Opened(status, fd);
        return Drop(status, made);
      }
      case 4: {
        Roomy<postern_file_info> info(&in_);
        postern_files_info(files, path.data, path.size, in_.Byte() % 3,
                           info.get(), Error());
        return;
      }
      case 5: {
        postern_listing* listing = nullptr;
        Roomy<postern_entry> entry(&in_);
        postern_files_list(files, path.data, path.size, &listing, Error());
        for (int i = 0; i < 4; ++i) {
          if (postern_listing_next(listing, entry.get(), Error()) !=
              POSTERN_OK) {
            break;
          }
        }
        return postern_listing_free(listing);
      }
      case 6: {
        postern_watch* watch = nullptr;
        Roomy<postern_change> change(&in_);
        postern_files_watch(files, path.data, path.size, in_.Word(), &watch,
                            Error());
        postern_watch_next(watch, change.get(), Error());
        return postern_watch_free(watch);
      }
      case 7: {
        postern_explanation* why = nullptr;
        postern_explain_error(guest_, error_, &why, nullptr);
        return postern_explanation_free(why);
      }
    }
  }

  void Names() {
    postern_files* const files = TheFiles();
    const postern_bytes path = in_.Text(), other = in_.Text();
    postern_buffer* made = nullptr;
    switch (in_.Byte() % 11) {
      case 0:
        postern_files_make_directory(files, path.data, path.size, in_.Word(),
                                     Error());
        return;
      case 1:
        postern_files_make_node(files, path.data, path.size, in_.Byte() % 9,
                                in_.Word(), 0, Error());
        return;
      case 2:
        postern_files_symlink(files, other.data, other.size, path.data,
                              path.size, Error());
        return;
      case 3: {
        const postern_status status =
            postern_files_readlink(files, path.data, path.size, &made, Error());
        return Drop(status, made);
      }
      case 4:
        postern_files_link(files, path.data, path.size, nullptr, other.data,
                           other.size, Error());
        return;
      case 5:
        postern_files_move(files, path.data, path.size, nullptr, other.data,
                           other.size, in_.Byte() % 4, Error());
        return;
      case 6:
        postern_files_copy(files, path.data, path.size, nullptr, other.data,
                           other.size, in_.Byte() % 3, Error());
        return;
      case 7:
        postern_files_remove(files, path.data, path.size, Error());
        return;
      case 8:
        postern_files_remove_all(files, path.data, path.size, Error());
        return;
      case 9:
        postern_files_set_times(files, path.data, path.size, in_.Byte() % 3,
                                in_.Word(), POSTERN_TIME_NOW, Error());
        return;
      case 10:
        postern_files_set_size(files, path.data, path.size, in_.Byte(),
                               Error());
        return;
    }
  }

  void Network() {
    const postern_bytes text = in_.Text();
    Roomy<postern_wait> wait(&in_);
    wait.get()->deadline_unix_ns = 1;  // nothing waits
    postern_socket* socket = nullptr;
    switch (in_.Byte() % 5) {
      case 0: {
        const postern_status status = postern_network_connect(
            network_, text.data, text.size, in_.Byte() % 4, wait.get(), &socket,
            Error());
        return sockets_.Put(&in_, status, socket);
      }
      case 1: {
        const postern_status status = postern_network_listen(
            network_, text.data, text.size, in_.Byte() % 4, 1, wait.get(),
            &socket, Error());
        Require(!gave_up_ || socket == nullptr, "a guest without rights");
        return sockets_.Put(&in_, status, socket);
      }
      case 2: {
        const postern_status status = postern_network_accept(
            network_, sockets_.Get(&in_), wait.get(), &socket, Error());
        return sockets_.Put(&in_, status, socket);
      }
      case 3: {
        postern_targets* targets = nullptr;
        const postern_status status =
            postern_network_prepare(network_, in_.Byte() % 3, text.data,
                                    text.size, wait.get(), &targets, Error());
        return targets_.Put(&in_, status, targets);
      }
      case 4: {
        postern_socket* const one = sockets_.Get(&in_);
        postern_targets* const to = targets_.Get(&in_);
        postern_network_send(network_, text.data, text.size, to, in_.Byte() % 3,
                             one, nullptr, Error());
        postern_socket_local(one, nullptr);
        postern_targets_endpoint(to, in_.Byte() % 3, nullptr);
        return;
      }
    }
  }

  void Pages() {
    const postern_bytes text = in_.Text(), other = in_.Text();
    switch (in_.Byte() % 3) {
      case 0: {
        Roomy<postern_csp_question> question(&in_);
        question.get()->directive = other;
        question.get()->url = in_.Text();
        postern_csp_verdict verdict = POSTERN_CSP_ALLOWED;
        const postern_status status = postern_csp_check(
            text.data, text.size, question.get(), &verdict, nullptr, Error());
        Require(status == POSTERN_OK || verdict == POSTERN_CSP_BLOCKED,
                "what failed is blocked");
        return;
      }
      case 1: {
        Roomy<postern_csp_filter_options> options(&in_);
        const postern_header header = {text, other};
        options.get()->policy = in_.Text();
        postern_headers* made = nullptr;
        postern_csp_filter(&header, 1, options.get(), &made, Error());
        return postern_headers_free(made);
      }
      case 2: {
        postern_manifest* manifest = nullptr;
        postern_review* review = nullptr;
        postern_manifest_from_bytes(in_.Byte() % 4, text.data, text.size,
                                    other.data, other.size, &manifest, Error());
        postern_review_new(manifest, nullptr, &review, Error());
        Require((manifest == nullptr) == (review == nullptr),
                "a manifest can be reviewed");
        postern_review_free(review);
        return postern_manifest_free(manifest);
      }
    }
  }

  Input& in_;
  const Box box_;
  postern_error* const error_;
  postern_context* guest_ = nullptr;
  postern_files* files_ = nullptr;
  postern_network* network_ = nullptr;
  bool gave_up_ = false;
  postern_builder* builder_ = nullptr;
  Slots<postern_policy, &postern_policy_free> policies_;
  Slots<postern_context, &postern_context_free> contexts_;
  Slots<postern_open_file, &postern_open_file_free> open_files_;
  Slots<postern_socket, &postern_socket_free> sockets_;
  Slots<postern_targets, &postern_targets_free> targets_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  World world(&input);
  for (int calls = 0; calls < 200 && !input.empty(); ++calls) world.Call();
  return 0;
}

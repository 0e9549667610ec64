#ifndef POSTERN_FS_PATH_MONITOR_H_
#define POSTERN_FS_PATH_MONITOR_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "fs/file_identity.h"

namespace postern {
namespace fs {

// What an operation wants of an object: reading covers its metadata, writing
// its existence.
enum class Right : uint8_t { kRead = 1, kWrite = 2 };

// A set of rights. A value type; zero is none.
class Rights {
 public:
  constexpr Rights() = default;
  constexpr Rights(Right right)  // NOLINT: a right is a set of one
      : bits_(static_cast<uint8_t>(right)) {}
  constexpr bool Contains(Right right) const {
    return (bits_ & static_cast<uint8_t>(right)) != 0;
  }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr Rights operator|(Rights a, Rights b) {
    Rights both;
    both.bits_ = a.bits_ | b.bits_;
    return both;
  }
  friend constexpr bool operator==(Rights a, Rights b) {
    return a.bits_ == b.bits_;
  }

 private:
  uint8_t bits_ = 0;
};

constexpr Rights operator|(Right a, Right b) { return Rights(a) | Rights(b); }

// A monitor's answer. Zero is a denial.
struct [[nodiscard]] Verdict {
  bool allowed = false;
  // A denial that must look as if there were nothing of that name.
  bool concealed = false;
  // Not allowed yet: Enforce() asks somebody, who may allow it.
  bool asks = false;
  // Only from PathMonitor::Check(): Enforce() must be called before anything is
  // done, because it asks somebody, takes a use or keeps a record.
  bool acts = false;
  // The monitor's own code for its decision, handed through.
  uint64_t decision = 0;
};

// The reference monitor that guarded operations consult. Every path that it is
// given is canonical: absolute, in normal form, and as the kernel walked it
// without following a link. The monitor decides about the path as it stands.
// Thread-safe. Check* neither block nor have effects.
//
// A monitor that wraps another one must forward every function, also those that
// have a default here. Above all KnowsEntries() and CheckEntry(): without them
// a denied name can be made by another name of its directory.
class PathMonitor {
 public:
  // What a monitor keeps while one operation goes on. A monitor takes every
  // Kept that it is given for one of its own: a monitor that wraps another one
  // hands on what that one made, and makes none itself.
  class Kept {
   public:
    virtual ~Kept() = default;
  };

  virtual ~PathMonitor() = default;

  // Whether it can enforce its rules on objects. GuardedFs asks when it is
  // made; an error tells the host why not.
  virtual absl::Status Ready() const { return absl::OkStatus(); }

  // Whether all of `rights` are granted on the object of this name.
  virtual Verdict Check(Rights rights, absl::string_view path) const = 0;
  // Whether they are granted to an access that is about to happen. The verdict
  // never `acts`. May block. `asked` is for records: the name in the guest's
  // bytes, perhaps relative or through links; or `path`, if the guest did not
  // name it.
  virtual Verdict Enforce(Rights rights, absl::string_view path,
                          absl::string_view asked) = 0;
  // Check() and Enforce() for a part of an operation, which may have several
  // names and tries. What the operation used up holds until it ends, and is not
  // taken again. `*kept` is null at first, and is given to each call for the
  // operation; the monitor may fill it. A monitor that keeps nothing overrides
  // neither.
  virtual Verdict CheckIn(const Kept* /*kept*/, Rights rights,
                          absl::string_view path) const {
    return Check(rights, path);
  }
  virtual Verdict EnforceIn(std::unique_ptr<Kept>* /*kept*/, Rights rights,
                            absl::string_view path, absl::string_view asked) {
    return Enforce(rights, path, asked);
  }
  // Whether they are granted on the object and on all that is or may be
  // beneath it.
  virtual Verdict CheckSubtree(Rights rights, absl::string_view path) const = 0;
  // Whether every name strictly beneath gets one and the same answer from
  // Check().
  virtual bool IsUniformBelow(Rights rights, absl::string_view path) const = 0;
  // Whether the object called `from` may get the name `to`, by rename or link.
  // Neither it nor, for a directory, anything beneath it may gain a right by
  // that, or leave the reach of a denial.
  virtual Verdict CheckMove(absl::string_view from, absl::string_view to,
                            bool is_directory) const = 0;
  // Whether the name may be taken away or given to another object: some names
  // must stay what they are. For a directory the names beneath it count as
  // well.
  virtual Verdict CheckReplace(absl::string_view path) const = 0;
  // Whether CheckLink() can deny anything. If not, it is not called, which is
  // faster.
  virtual bool Conceals() const = 0;
  // Whether a link of this name may be followed. What it leads to is decided in
  // any case. This only hides a link that a rule conceals: it must look as if
  // it were not there.
  virtual Verdict CheckLink(Rights rights, absl::string_view path) const = 0;
  // Whether CheckIdentity() can deny anything. If not, it is not called.
  virtual bool KnowsIdentities() const { return true; }
  // Whether CheckEntry() can deny anything. If not, it is not called.
  virtual bool KnowsEntries() const { return KnowsIdentities(); }
  // Whether `rights` are denied on this file because another of its names is
  // known to deny them. `path` is the name that it was reached by.
  virtual Verdict CheckIdentity(Rights rights, FileIdentity file,
                                absl::string_view path) const = 0;
  // Whether `rights` are denied on the entry `path` of this directory, there or
  // not, because another name of the directory makes it another name that is
  // denied.
  virtual Verdict CheckEntry(Rights rights, FileIdentity directory,
                             absl::string_view path) const = 0;
  // Whether each right is granted by name: allowed, or left to a question, by a
  // pattern that begins at `place` or beneath it. For objects that nobody means
  // to grant with a directory above them, such as what procfs tells. Says
  // nothing about denials: Check() and Enforce() are called as well.
  virtual Verdict CheckNamed(Rights rights, absl::string_view path,
                             absl::string_view place) const = 0;
  // The last three for a part of an operation, as CheckIn() and EnforceIn():
  // what the operation used up holds until it ends. EnforceNamedIn() may take a
  // use. A monitor that keeps nothing overrides none.
  virtual Verdict CheckIdentityIn(const Kept* /*kept*/, Rights rights,
                                  FileIdentity file,
                                  absl::string_view path) const {
    return CheckIdentity(rights, file, path);
  }
  virtual Verdict CheckEntryIn(const Kept* /*kept*/, Rights rights,
                               FileIdentity directory,
                               absl::string_view path) const {
    return CheckEntry(rights, directory, path);
  }
  virtual Verdict EnforceNamedIn(std::unique_ptr<Kept>* /*kept*/, Rights rights,
                                 absl::string_view path,
                                 absl::string_view place) {
    return CheckNamed(rights, path, place);
  }
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PATH_MONITOR_H_

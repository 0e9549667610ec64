#include "fs/operation.h"

#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

TEST(OperationTest, EachHasARowInItsPlace) {
  ASSERT_EQ(OperationTable().size(), size_t{kOperationCount});
  for (int i = 0; i < kOperationCount; ++i) {
    const Operation operation = static_cast<Operation>(i);
    EXPECT_EQ(OperationTable()[static_cast<size_t>(i)].operation, operation);
    EXPECT_EQ(&RowOf(operation), &OperationTable()[static_cast<size_t>(i)]);
  }
}

TEST(OperationTest, EachNameNeedsARightAndNoOther) {
  std::set<std::string> names;
  for (const OperationRow& row : OperationTable()) {
    SCOPED_TRACE(std::string(row.name));
    EXPECT_TRUE(names.insert(std::string(row.name)).second) << "names differ";
    EXPECT_NE(row.first.primitive, Primitive::kNone);
    EXPECT_FALSE(row.first.rights.empty());
    EXPECT_EQ(row.second.primitive == Primitive::kNone,
              row.second.rights.empty());
  }
}

TEST(OperationTest, WhatChangesSomethingNeedsTheRightToWrite) {
  constexpr Operation kReading[] = {Operation::kOpenRead, Operation::kOpenExec,
                                    Operation::kStat,     Operation::kLstat,
                                    Operation::kAccess,   Operation::kList,
                                    Operation::kReadlink, Operation::kWatch,
                                    Operation::kGetXattr, Operation::kChdir};
  std::set<Operation> reading(std::begin(kReading), std::end(kReading));
  for (const OperationRow& row : OperationTable()) {
    SCOPED_TRACE(std::string(row.name));
    const bool writes = row.first.rights.Contains(Right::kWrite) ||
                        row.second.rights.Contains(Right::kWrite);
    EXPECT_EQ(writes, reading.count(row.operation) == 0);
    // An entry is a name, which only writing changes.
    if (row.first.primitive == Primitive::kEntry) {
      EXPECT_TRUE(row.first.rights == Rights(Right::kWrite));
    }
  }
}

}  // namespace
}  // namespace fs
}  // namespace postern

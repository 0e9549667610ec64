bazel build //:check
bazel-bin/check

cmake -S . -B build -DCMAKE_PREFIX_PATH="$P"
cmake --build build
build/check

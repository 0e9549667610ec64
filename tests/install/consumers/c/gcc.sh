gcc check.c -I"$P/include" -L"$P/lib" -lpostern -o check
LD_LIBRARY_PATH=$P/lib ./check

gcc check.c -I"$P/include" "$P/lib/libpostern.a" -lstdc++ -lm -pthread -o check
./check

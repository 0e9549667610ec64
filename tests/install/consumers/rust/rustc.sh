rustc -L "$P/lib" main.rs -o check
LD_LIBRARY_PATH=$P/lib ./check

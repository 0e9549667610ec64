#!/bin/bash
# Runs as the test of one page: see follow_page.py.
exec python3 tests/docs/follow_page.py "$@"

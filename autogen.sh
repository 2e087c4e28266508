#!/bin/sh
# Make configure and what it needs; run it in the source tree after a fresh clone.
cd "$(dirname "$0")" && exec autoreconf --force --install --warnings=all,no-portability

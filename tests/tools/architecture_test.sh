#!/bin/bash
exec python3 "$1"

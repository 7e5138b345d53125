#!/usr/bin/env bash
# Publishes one release and promotes it to all its stages.
# loop.sh SOURCE GITOPS REVISION IMAGE DIGEST plain|tuned STAGE...
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
"$here/publish.sh" "$1" "$2" "$3" "$4" "$5" full
"$here/promote.sh" "$2" "${@:6}"
